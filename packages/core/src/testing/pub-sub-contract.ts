import assert from "node:assert/strict";
import type { PubSub } from "../ports/pub-sub.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";
import { eventually } from "./eventually.js";
import { freshId } from "./fresh-id.js";

interface Listener {
  readonly count: () => number;
  readonly stop: () => void;
}

const listen = (pubSub: PubSub, channel: string): Listener => {
  let count = 0;
  const stop = pubSub.subscribe(channel, () => {
    count += 1;
  });
  return { count: () => count, stop };
};

/** Publishes until the subscriber is called: a message may be lost, e.g. before the subscription is established. */
const untilHeard = async (pubSub: PubSub, channel: string, { count }: Listener): Promise<void> => {
  const before = count();
  await eventually(`a wake-up of ${channel}`, () => {
    pubSub.publish(channel);
    return count() > before ? true : null;
  });
};

const clauses: readonly ContractClause<PubSub>[] = [
  {
    name: "every subscriber of a channel is woken, again and again",
    check: async (pubSub) => {
      const channel = freshId("task");
      const [one, other] = [listen(pubSub, channel), listen(pubSub, channel)];
      for (let round = 0; round < 3; round += 1) {
        await untilHeard(pubSub, channel, one);
        await untilHeard(pubSub, channel, other);
      }
    },
  },
  {
    name: "other channels stay silent",
    check: async (pubSub) => {
      const [loud, silent] = [freshId("task"), freshId("task")];
      const bystander = listen(pubSub, silent);
      await untilHeard(pubSub, loud, listen(pubSub, loud));
      await untilHeard(pubSub, loud, listen(pubSub, loud));
      assert.equal(bystander.count(), 0);
    },
  },
  {
    name: "an unsubscribed callback is called no more, and its neighbours still are",
    check: async (pubSub) => {
      const channel = freshId("task");
      const [leaving, staying] = [listen(pubSub, channel), listen(pubSub, channel)];
      await untilHeard(pubSub, channel, leaving);
      leaving.stop();
      leaving.stop();
      const before = leaving.count();
      await untilHeard(pubSub, channel, staying);
      await untilHeard(pubSub, channel, staying);
      assert.equal(leaving.count(), before);
    },
  },
  {
    name: "the same callback subscribed twice is two subscriptions",
    check: async (pubSub) => {
      const channel = freshId("task");
      let count = 0;
      const onMessage = (): void => {
        count += 1;
      };
      const stop = pubSub.subscribe(channel, onMessage);
      pubSub.subscribe(channel, onMessage);
      stop();
      await untilHeard(pubSub, channel, { count: () => count, stop });
    },
  },
  {
    name: "publishing without a subscriber is harmless",
    check: async (pubSub) => {
      pubSub.publish(freshId("task"));
      const channel = freshId("task");
      await untilHeard(pubSub, channel, listen(pubSub, channel));
    },
  },
  {
    name: "after close no subscriber is called and no call throws",
    check: async (pubSub) => {
      const channel = freshId("task");
      const listener = listen(pubSub, channel);
      await untilHeard(pubSub, channel, listener);
      await Promise.all([pubSub.close(), pubSub.close()]);
      const before = listener.count();
      const late = listen(pubSub, channel);
      for (let round = 0; round < 5; round += 1) {
        pubSub.publish(channel);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(listener.count(), before);
      assert.equal(late.count(), 0);
      listener.stop();
      late.stop();
    },
  },
];

/** The contract of the port `PubSub`. */
export function pubSubContract(options: ContractOptions<PubSub>): readonly ContractCase[] {
  return contractCases("wake-ups", options, clauses);
}
