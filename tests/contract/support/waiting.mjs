// Waiting for what is announced, with a deadline.
export const answerWithinMs = 20_000;

export class Waiting {
  #looks = new Set();

  look() {
    for (const each of [...this.#looks]) each();
  }

  /** The first truthy value of `condition`, which is asked now and at every `look()`; `what` is said if it is too late. */
  until(what, condition, withinMs) {
    return new Promise((done, failed) => {
      const finish = (settle, value) => {
        clearTimeout(late);
        this.#looks.delete(look);
        settle(value);
      };
      const look = () => {
        const value = condition();
        if (value) finish(done, value);
      };
      const tooLate = () => finish(failed, new Error(`not within ${withinMs} ms: ${what()}`));
      const late = setTimeout(tooLate, withinMs);
      this.#looks.add(look);
      look();
    });
  }
}
