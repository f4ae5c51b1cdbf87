import { AgentBotError, type SetupProblem } from "@agentbot/core";
import { z } from "zod";

/** A name as GitHub gives them; others are of another server, and become words of a log and of an address. */
const name = z.string().regex(/^[\w.-]{1,100}$/);

/** The answer of `GET /app`, as far as it is used. */
export const appAnswer = z.object({
  slug: name,
  owner: z.object({ login: name, type: z.string() }).nullish(),
  events: z.array(z.string()).nullish(),
  permissions: z.record(z.string(), z.string()).nullish(),
});

/** The App as GitHub has it. */
export type App = z.output<typeof appAnswer>;

/** The events that request work. */
const neededEvents = ["issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"];
/** The permissions that are needed to write. */
const neededPermissions = ["contents", "issues", "pull_requests"];

/**
 * Returns the faults of the App's key, events and permissions.
 *
 * @param url - GitHub's web address, for the page to add them
 */
export async function checkApp(readApp: () => Promise<App>, url: string): Promise<readonly SetupProblem[]> {
  try {
    return lacksOf(await readApp(), url);
  } catch (error) {
    if (!AgentBotError.isInstance(error)) throw error;
    return [{ part: "github", severity: isRefusal(error) ? "error" : "warning", message: error.message }];
  }
}

/** Returns true if GitHub does not accept the App's id and key, rather than not answering. */
function isRefusal(error: AgentBotError): boolean {
  if (error.code === "PROVIDER_AUTHENTICATION_FAILED") return true;
  // GitHub's answer to the id of an App that does not exist.
  return error.code === "PROVIDER_REJECTED" && /integration not found/i.test(error.message);
}

/** Returns a warning for missing events, and one for missing permissions. Parts that GitHub does not name are not missing. */
function lacksOf({ slug, owner, events, permissions }: App, url: string): readonly SetupProblem[] {
  const place = owner?.type === "Organization" ? `organizations/${owner.login}/settings` : "settings";
  const settings = `${url}/${place}/apps/${slug}/permissions`;
  const lacksEvents = neededEvents.filter((event) => events && !events.includes(event));
  const lacksPermissions = neededPermissions.filter((permission) => permissions && permissions[permission] !== "write");
  const warn = (message: string): SetupProblem => ({ part: "github", severity: "warning", message });
  return [
    ...(lacksEvents.length === 0
      ? []
      : [
          warn(
            `The App is not subscribed to the events ${lacksEvents.join(", ")}, so that they start no task: subscribe it at ${settings}`,
          ),
        ]),
    ...(lacksPermissions.length === 0
      ? []
      : [
          warn(
            `The App may not write ${lacksPermissions.join(", ")}: give it "Read and write" at ${settings}, then accept it in each installation`,
          ),
        ]),
  ];
}
