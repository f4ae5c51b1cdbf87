import type { World } from "../world/start-world.js";

/** A moment of a run at which its worker is stopped in its tracks. */
export interface Moment {
  readonly name: string;
  /** Makes the moment last long enough to be met. */
  readonly prepare?: (world: World) => void;
  /** Is it here? Asked again and again. */
  readonly isHere: (world: World, taskId: string) => Promise<boolean>;
  /** Does the agent stop with its worker? */
  readonly stops: "program" | "all";
}

/** How long the provider holds an answer back, so that it comes while the worker is stopped, in milliseconds. */
const heldMs = 150;

const hold = (method: string, path: RegExp, when?: "after") => (world: World) =>
  world.github.fail({ method, path, delayMs: heldMs, ...(when ? { when } : {}) });

/** Has such a request of this task come? Only the newest are looked at: a task has an issue of its own. */
const asked =
  (method: string, path: RegExp, isAbout: (body: string, taskId: string) => boolean = () => true) =>
  async ({ github }: World, taskId: string): Promise<boolean> =>
    github.requests
      .slice(-20)
      .some((one) => one.method === method && path.test(one.path) && isAbout(JSON.stringify(one.body), taskId));
const isOfTask = (body: string, taskId: string): boolean => body.includes(taskId);

const comments = /\/issues\/\d+\/comments$/;
const comment = /\/issues\/comments\/\d+$/;
const pulls = /\/pulls$/;

const agentHas = (word: "begin" | "end") => async (world: World, taskId: string) =>
  (await world.agentRuns()).some((line) => line.startsWith(`${word} ${taskId} `));

/** Every moment that a run can be stopped at with something on its way. */
export const moments: readonly Moment[] = [
  { name: "while the agent works, which goes on", isHere: agentHas("begin"), stops: "program" },
  { name: "while the agent works, which stops too", isHere: agentHas("begin"), stops: "all" },
  { name: "before the checkpoint", isHere: agentHas("end"), stops: "program" },
  {
    name: "while the status comment is looked for",
    prepare: hold("GET", comments),
    isHere: asked("GET", comments),
    stops: "program",
  },
  {
    name: "while the status comment is posted",
    prepare: hold("POST", comments),
    isHere: asked("POST", comments, isOfTask),
    stops: "program",
  },
  {
    name: "while the branch is pushed",
    isHere: async ({ branches }, taskId) => branches.branches.has(`agentbot/${taskId}`),
    stops: "program",
  },
  {
    name: "while the pull request is looked for",
    prepare: hold("GET", pulls),
    isHere: asked("GET", pulls),
    stops: "program",
  },
  {
    name: "while the pull request is opened",
    prepare: hold("POST", pulls),
    isHere: asked("POST", pulls, isOfTask),
    stops: "program",
  },
  {
    name: "while the end is told, before it is settled",
    isHere: asked("PATCH", comment, (body, taskId) => isOfTask(body, taskId) && /is done/.test(body)),
    stops: "program",
  },
];
