import type {
  ClaimedEntry,
  CodeHost,
  Conversation,
  Store,
  TaskQueue,
  WebhookProvider,
  WorkspaceFactory,
} from "@agentbot/core";
import type { Machine } from "./machine.js";
import type { Server } from "./network.js";

/** Carries one call of one machine to a server. */
export type Call = <Value>(server: Server, work: () => Promise<Value>) => Promise<Value>;

/** Notes an outward write as the machine sends it. */
export type NoteWrite = (taskId: string, what: string) => void;

type Method = (...given: never[]) => Promise<unknown>;

/** The same port across the network. */
function carry<Port extends object>(port: Port, server: Server, call: Call): Port {
  return Object.fromEntries(
    Object.entries(port).map(([name, method]) => [
      name,
      (...given: never[]) => call(server, () => (method as Method)(...given)),
    ]),
  ) as Port;
}

/** The store as a machine reaches it. A machine holds the tasks whose begin it has received. */
export function networkedStore(store: Store, machine: Machine, call: Call): Store {
  const ports = Object.fromEntries(Object.entries(store).map(([name, port]) => [name, carry(port, "store", call)]));
  const carried = ports as unknown as Store;
  const begin: Store["tasks"]["begin"] = async (taskId, options) => {
    const begun = await carried.tasks.begin(taskId, options);
    if (begun.status === "begun") machine.fences.set(taskId, begun.lease.fence);
    return begun;
  };
  return { ...carried, tasks: { ...carried.tasks, begin } };
}

/** The queue as a machine reaches it; it may be replaced under its hands. */
export function networkedQueue(current: () => TaskQueue, call: Call): TaskQueue {
  const entryOf = (claimed: ClaimedEntry): ClaimedEntry => {
    const { entry, ...acts } = claimed;
    return { entry, ...carry(acts, "queue", call) };
  };
  return {
    enqueue: (entries) => call("queue", () => current().enqueue(entries)),
    // The queue does not notice a dead machine: an entry that it gave to one comes back when the lease ends.
    claim: async (request) => (await call("queue", () => current().claim(request))).map(entryOf),
    cancel: (taskId) => call("queue", () => current().cancel(taskId)),
    stats: () => call("queue", () => current().stats()),
    close: async () => {},
  };
}

const taskOfBranch = (branch: string): string => branch.replace("agentbot/", "");

/** The provider as a machine reaches it: what it writes is noted as it is sent. */
export function networkedProvider(provider: WebhookProvider, call: Call, note: NoteWrite): WebhookProvider {
  const { conversation, codeHost } = provider;
  const noted =
    <Request extends { readonly taskId: string }, Value>(
      what: string,
      write: (request: Request, options: { readonly signal: AbortSignal }) => Promise<Value>,
    ) =>
    (request: Request, options: { readonly signal: AbortSignal }): Promise<Value> => {
      note(request.taskId, what);
      return call("provider", () => write(request, options));
    };
  const talk: Conversation = {
    ...carry(conversation, "provider", call),
    postStatus: noted("posts a comment", conversation.postStatus),
    updateStatus: noted("edits a comment", conversation.updateStatus),
    removeStatus: noted("removes a comment", conversation.removeStatus),
  };
  if (!codeHost) return { ...provider, conversation: talk };
  const host: CodeHost = {
    ...carry(codeHost, "provider", call),
    async credentials(...given) {
      const credential = await call("provider", () => codeHost.credentials(...given));
      return { ...credential, revoke: () => call("provider", credential.revoke) };
    },
    openPullRequest(repository, draft, options) {
      note(taskOfBranch(draft.headBranch), "opens a pull request");
      return call("provider", () => codeHost.openPullRequest(repository, draft, options));
    },
  };
  return { ...provider, conversation: talk, codeHost: host };
}

/** Work trees as a machine has them: each step may fail, and a push crosses the network. */
export function networkedWorkspaces(workspaces: WorkspaceFactory, call: Call, note: NoteWrite): WorkspaceFactory {
  return {
    async prepare(request, options) {
      const prepared = await call("git", () => workspaces.prepare(request, options));
      const { directory, homeDirectory, gitDirectory, cacheDirectory, baseCommit, notes, ...steps } =
        prepared.workspace;
      const workspace = {
        ...{ directory, homeDirectory, gitDirectory, cacheDirectory, baseCommit, notes },
        ...carry(steps, "git", call),
        publish: (...given: Parameters<typeof steps.publish>) => {
          note(taskOfBranch(given[0].branch), "pushes a branch");
          return call("git", () => steps.publish(...given));
        },
      };
      return { workspace, dispose: prepared.dispose };
    },
  };
}
