import { once } from "../lifecycle/once.js";
import type { Wakeups } from "../ports/wakeups.js";

interface Subscription {
  readonly onWakeup: () => void;
  isPending: boolean;
}

/**
 * Wake-ups within this process. Subscribers are called in a microtask of their own, so that none can break its
 * publisher; wake-ups that come while one is pending are the same one.
 */
export function createMemoryWakeups(): Wakeups {
  const channels = new Map<string, Set<Subscription>>();
  let isClosed = false;

  return {
    publish(channel) {
      for (const subscription of channels.get(channel) ?? []) {
        if (subscription.isPending) continue;
        subscription.isPending = true;
        queueMicrotask(() => {
          subscription.isPending = false;
          if (channels.get(channel)?.has(subscription)) subscription.onWakeup();
        });
      }
    },

    subscribe(channel, onWakeup) {
      if (isClosed) return () => {};
      const subscription = { onWakeup, isPending: false };
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
