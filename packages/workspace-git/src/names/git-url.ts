import { nameError } from "./name-error.js";

/**
 * Checks the URL of a repository: `https:` (or `http:` where allowed), a host, and a plain path; nothing else.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkGitUrl(gitUrl: string, allowHttp: boolean): string {
  const protocols = allowHttp ? "https?" : "https";
  const grammar = new RegExp(`^${protocols}://[A-Za-z0-9.-]+(:\\d{1,5})?(/[A-Za-z0-9._~][A-Za-z0-9._~-]*){1,20}$`);
  const isUsable = gitUrl.length <= 500 && grammar.test(gitUrl) && !/\/\.{1,2}(\/|$)|\/\.git(\/|$)/i.test(gitUrl);
  if (isUsable && URL.canParse(gitUrl)) return gitUrl;
  const shown = gitUrl.replace(/\/\/[^/]*@/, "//");
  throw nameError(
    "git URL",
    shown,
    `it must be ${allowHttp ? "http(s)" : "https"}://host/owner/name.git, without user`,
  );
}
