// A page in a notebook tells Python of each change, so that the next cell goes on with it.

function createReports(studio, wished) {
  let wanted = false;
  let sending = false;
  async function sendNow() {
    const { base, hints } = studio.doc;
    await ask("hear_hints", base ? hintsAsJson(studio.doc) : { hints });
    await ask("hear_result", studio.results.current?.value ?? null);
  }
  return {
    async send() {
      wanted = wished;
      if (sending) return;
      sending = true;
      while (wanted) {
        wanted = false;
        await sendNow().catch(studio.fail);
      }
      sending = false;
    },
  };
}
