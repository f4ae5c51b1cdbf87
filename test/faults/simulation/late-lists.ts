import type { WebhookProvider } from "@agentbot/core";
import type { VirtualTime } from "./virtual-time.js";

/** A list does not show what was made in the last 1500 milliseconds: less than the pause between two looks. */
const lateMs = 1500;

/** The same provider, whose lists are late, as those of real ones. */
export function withLateLists(provider: WebhookProvider, time: VirtualTime): WebhookProvider {
  const madeAtMs = new Map<string, number>();
  const isShown = (what: string): boolean => time.nowMs - (madeAtMs.get(what) ?? Number.NEGATIVE_INFINITY) >= lateMs;
  const { conversation, codeHost } = provider;
  return {
    ...provider,
    conversation: {
      ...conversation,
      findStatus: async (request, options) =>
        (await conversation.findStatus(request, options)).filter(({ id }) => isShown(`message ${id}`)),
      async postStatus(request, options) {
        const posted = await conversation.postStatus(request, options);
        madeAtMs.set(`message ${posted.id}`, time.nowMs);
        return posted;
      },
    },
    ...(codeHost && {
      codeHost: {
        ...codeHost,
        async findPullRequest(...given: Parameters<typeof codeHost.findPullRequest>) {
          const found = await codeHost.findPullRequest(...given);
          return found && isShown(`pull request ${found.number}`) ? found : null;
        },
        async openPullRequest(...given: Parameters<typeof codeHost.openPullRequest>) {
          const opened = await codeHost.openPullRequest(...given);
          madeAtMs.set(`pull request ${opened.number}`, time.nowMs);
          return opened;
        },
      },
    }),
  };
}
