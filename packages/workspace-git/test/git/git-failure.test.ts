import { expect, test } from "vitest";
import { gitFailure, isLocalGitFailure, redactCredential } from "../../src/git/git-failure.js";

const token = "ghs_123456_eyJhbGciOi.J9-x_y";
const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;

function failure(stderr: string, stopped: "timeout" | null = null) {
  return gitFailure("fetching o/r", { exitCode: 128, stdout: Buffer.alloc(0), stderr, stopped }, authorization);
}

test.each([
  ["fatal: Authentication failed for 'https://github.com/o/r.git/'", "authentication", true],
  ["fatal: could not read Username for 'https://x': terminal prompts disabled", "authentication", true],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 403", "authentication", true],
  ["fatal: repository 'https://github.com/o/r.git/' not found", "not_found", true],
  ["fatal: unable to access 'https://x/': Could not resolve host: x", "network", true],
  ["error: RPC failed; curl 56 GnuTLS recv error\nfatal: early EOF", "network", true],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 503", "network", true],
  ["fatal: remote error: upload-pack: not our ref 0123", "object_missing", false],
  ["fatal: fsck error in packed object", "refused", false],
  ["error: file write error: No space left on device", "disk", true],
  [
    "error: unable to create temporary file: Disk quota exceeded\nerror: a.txt: failed to insert into database\nfatal: Unable to process path a.txt",
    "disk",
    true,
  ],
  ["error: a.txt: does not exist and --remove not passed\nfatal: Unable to process path a.txt", "local", true],
  ["error: failed to encode 'a.ps1' from UTF-16 to UTF-8\nfatal: Unable to process path a.ps1", "unstorable", false],
  ["error: Invalid path 'a\\b'\nfatal: Unable to process path a\\b", "unstorable", false],
  ["fatal: bad object HEAD", "local", true],
])("%s is a failure of kind %s", (stderr, kind, isRetryable) => {
  const error = failure(stderr);
  expect([error.details["kind"], error.isRetryable]).toEqual([kind, isRetryable]);
  expect(error.code).toBe(kind === "authentication" ? "GIT_AUTHENTICATION_FAILED" : "GIT_FAILED");
  expect(isLocalGitFailure(error)).toBe(kind === "local");
});

const rejected = (reason: string): string => ` ! [remote rejected] 0123 -> agentbot/1 (${reason})`;

test.each([
  ["push declined due to repository rule violations"],
  [
    "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission",
  ],
  ["pre-receive hook declined"],
  ["protected branch hook declined"],
])("a server's final no is a refusal: %s", (reason) => {
  const stderr = `remote: error: File big.bin is 120.00 MB; this exceeds the limit\nremote: \n${rejected(reason)}\nerror: failed to push some refs`;
  const error = failure(stderr);
  expect(error).toMatchObject({ code: "PUSH_REFUSED", isRetryable: false });
  expect(error.details["answer"]).toBe(`File big.bin is 120.00 MB; this exceeds the limit. ${reason}.`);
});

test.each(["failed to update ref", "cannot lock ref", "Internal Server Error", "unpacker error"])(
  "a server that cannot take the branch at this moment is tried again: %s",
  (reason) => {
    expect(failure(rejected(reason))).toMatchObject({ code: "GIT_FAILED", isRetryable: true });
  },
);

const forbidden = "fatal: unable to access 'https://x/o/r.git/': The requested URL returned error: 403";

test.each([
  "This repository was archived so it is read-only.",
  "Permission to acme/internal.git denied to agentbot.",
  "The 'o' organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
])("a server that accepts the credential and refuses its account is not asked again: %s", (words) => {
  const error = failure(`remote: ${words}\n${forbidden}`);
  expect(error).toMatchObject({ code: "GIT_AUTHENTICATION_FAILED", isRetryable: false, isOutage: false });
  expect(error.details).toMatchObject({ kind: "authentication", answer: words });
});

test.each([forbidden, `remote: You have exceeded a rate limit.\n${forbidden}`, `remote: \n${forbidden}`])(
  "a refusal without a reason that stays is tried again: %s",
  (stderr) => {
    expect(failure(stderr)).toMatchObject({ code: "GIT_AUTHENTICATION_FAILED", isRetryable: true });
  },
);

test("a refusal is short, on one line and without the credential", () => {
  const error = failure(`remote: ${token} \u001b[31m${"👩".repeat(700)}\n${rejected("declined")}`);
  expect(error.message).not.toContain(token);
  expect(error.message).not.toMatch(/\p{Cc}|\p{Cs}/u);
  expect(error.message.length).toBeLessThan(1400);
});

test("a timeout is worth another try, and a server's own words do not choose the kind", () => {
  expect(failure("", "timeout")).toMatchObject({ isRetryable: true, details: { kind: "timeout" } });
  expect(failure("remote: Authentication failed\nfatal: bad object HEAD").code).toBe("GIT_FAILED");
});

test("the message is one clean line", () => {
  const error = failure("warning: something\nfatal: \u001b[31mbad\u0007 object\rX\nerror: more\n");
  expect(error.message).toBe("fetching o/r failed: fatal:  [31mbad  object");
  expect(failure("").message).toBe("fetching o/r failed: it exited with 128");
});

test("the credential is redacted in every form it is echoed in", () => {
  const encoded = authorization.slice("Basic ".length);
  for (const form of [authorization, encoded, `x-access-token:${token}`, token, encodeURIComponent(token)]) {
    const clean = redactCredential(`before ${form} after ${form}`, authorization);
    expect(clean).toBe("before [redacted] after [redacted]");
  }
  expect(redactCredential("fatal: https://me:pw@host/x and http://t@h/", null)).toBe(
    "fatal: https://[redacted]@host/x and http://[redacted]@h/",
  );
  expect(redactCredential("Bearer abcdef123456", "Bearer abcdef123456")).toBe("[redacted]");
  expect(redactCredential("nothing here", authorization)).toBe("nothing here");
});
