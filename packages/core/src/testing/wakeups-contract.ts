import assert from "node:assert/strict";
import type { Wakeups } from "../ports/wakeups.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";
import { eventually } from "./eventually.js";
import { freshId } from "./fresh-id.js";

interface Listener {
  readonly count: () => number;
  readonly stop: () => void;
}

const listen = (wakeups: Wakeups, channel: string): Listener => {
  let count = 0;
  const stop = wakeups.subscribe(channel, () => {
    count += 1;
  });
  return { count: () => count, stop };
};

/** Publishes until the listener hears it: a wake-up may be lost, while the subscription is on its way say. */
const untilHeard = async (wakeups: Wakeups, channel: string, { count }: Listener): Promise<void> => {
  const before = count();
  await eventually(`a wake-up of ${channel}`, () => {
    wakeups.publish(channel);
    return count() > before ? true : null;
  });
};

const clauses: readonly ContractClause<Wakeups>[] = [
  {
    name: "every subscriber of a channel is woken, again and again",
    check: async (wakeups) => {
      const channel = freshId("task");
      const [one, other] = [listen(wakeups, channel), listen(wakeups, channel)];
      for (let round = 0; round < 3; round += 1) {
        await untilHeard(wakeups, channel, one);
        await untilHeard(wakeups, channel, other);
      }
    },
  },
  {
    name: "other channels stay silent",
    check: async (wakeups) => {
      const [loud, silent] = [freshId("task"), freshId("task")];
      const bystander = listen(wakeups, silent);
      await untilHeard(wakeups, loud, listen(wakeups, loud));
      await untilHeard(wakeups, loud, listen(wakeups, loud));
      assert.equal(bystander.count(), 0);
    },
  },
  {
    name: "an unsubscribed callback is called no more, and its neighbours still are",
    check: async (wakeups) => {
      const channel = freshId("task");
      const [leaving, staying] = [listen(wakeups, channel), listen(wakeups, channel)];
      await untilHeard(wakeups, channel, leaving);
      leaving.stop();
      leaving.stop();
      const before = leaving.count();
      await untilHeard(wakeups, channel, staying);
      await untilHeard(wakeups, channel, staying);
      assert.equal(leaving.count(), before);
    },
  },
  {
    name: "the same callback subscribed twice is two subscriptions",
    check: async (wakeups) => {
      const channel = freshId("task");
      let count = 0;
      const onWakeup = (): void => {
        count += 1;
      };
      const stop = wakeups.subscribe(channel, onWakeup);
      wakeups.subscribe(channel, onWakeup);
      stop();
      await untilHeard(wakeups, channel, { count: () => count, stop });
    },
  },
  {
    name: "publishing where nobody listens is harmless",
    check: async (wakeups) => {
      wakeups.publish(freshId("task"));
      const channel = freshId("task");
      await untilHeard(wakeups, channel, listen(wakeups, channel));
    },
  },
  {
    name: "after close nothing is heard and nothing breaks",
    check: async (wakeups) => {
      const channel = freshId("task");
      const listener = listen(wakeups, channel);
      await untilHeard(wakeups, channel, listener);
      await Promise.all([wakeups.close(), wakeups.close()]);
      const before = listener.count();
      const late = listen(wakeups, channel);
      for (let round = 0; round < 5; round += 1) {
        wakeups.publish(channel);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(listener.count(), before);
      assert.equal(late.count(), 0);
      listener.stop();
      late.stop();
    },
  },
];

/** What the port `Wakeups` promises. */
export function wakeupsContract(options: ContractOptions<Wakeups>): readonly ContractCase[] {
  return contractCases("wake-ups", options, clauses);
}
