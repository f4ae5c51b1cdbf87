import { once } from "../lifecycle/once.js";
import type { PubSub } from "../ports/pub-sub.js";

interface Subscription {
  readonly onMessage: () => void;
  isPending: boolean;
}

/**
 * Publishes within this process. Each subscriber is called in a microtask of its own, so that it cannot break its publisher;
 * messages that are published while one is pending are the same one.
 */
export function createMemoryPubSub(): PubSub {
  const channels = new Map<string, Set<Subscription>>();
  let isClosed = false;

  return {
    publish(channel) {
      for (const subscription of channels.get(channel) ?? []) {
        if (subscription.isPending) continue;
        subscription.isPending = true;
        queueMicrotask(() => {
          subscription.isPending = false;
          if (channels.get(channel)?.has(subscription)) subscription.onMessage();
        });
      }
    },

    subscribe(channel, onMessage) {
      if (isClosed) return () => {};
      const subscription = { onMessage, isPending: false };
      const subscriptions = channels.get(channel) ?? new Set();
      channels.set(channel, subscriptions.add(subscription));
      return () => {
        subscriptions.delete(subscription);
        if (subscriptions.size === 0 && channels.get(channel) === subscriptions) channels.delete(channel);
      };
    },

    close: once(async () => {
      isClosed = true;
      channels.clear();
    }),
  };
}
