// Whether the server can be reached. While it cannot, a calm line says so and painting goes on.

const RETRY = 2000; // milliseconds between two knocks

function createConnection(banner, onBack) {
  const connection = {
    lost: false,
    async lose() {
      if (connection.lost) return;
      connection.lost = true;
      banner.hidden = false;
      do {
        await new Promise((done) => { setTimeout(done, RETRY); });
      } while (!await isReachable());
      connection.lost = false;
      banner.hidden = true;
      onBack();
    },
  };
  return connection;
}
