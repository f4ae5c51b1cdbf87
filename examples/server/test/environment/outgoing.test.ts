import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { composeOutgoing, routesOf } from "../../src/compose/compose-outgoing.js";
import { parseEnvironment } from "../../src/environment/parse-environment.js";
import { secretsOf } from "../../src/environment/secrets-of.js";

const directory = mkdtempSync(join(tmpdir(), "agentbot-outgoing-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const environmentOf = (variables: Record<string, string>) => {
  const parsed = parseEnvironment(variables);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  return parsed.environment;
};
const problemsOf = (variables: Record<string, string>): readonly string[] => {
  const parsed = parseEnvironment(variables);
  return parsed.status === "invalid" ? parsed.problems : [];
};
const routeTo = (url: string, variables: Record<string, string>): string | undefined =>
  routesOf({ ...environmentOf(variables), GITHUB_API_URL: url })["api"];

describe("the variables of a proxy", () => {
  test.each<readonly [Record<string, string>, string, string]>([
    [{}, "direct", "direct"],
    [{ HTTPS_PROXY: "http://a:1" }, "http://a:1", "direct"],
    [{ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2" }, "http://b:2", "direct"],
    [{ HTTP_PROXY: "http://a:1" }, "http://a:1", "http://a:1"],
    [{ HTTP_PROXY: "http://a:1", HTTPS_PROXY: "https://b" }, "https://b:443", "http://a:1"],
    [{ ALL_PROXY: "proxy.corp:3128" }, "http://proxy.corp:3128", "http://proxy.corp:3128"],
    [{ HTTP_PROXY: "http://proxy.corp:80/" }, "http://proxy.corp:80", "http://proxy.corp:80"],
  ])("%j lead https and http there", (variables, https, http) => {
    expect(routeTo("https://api.github.com", variables)).toBe(https);
    expect(routeTo("http://ghe.local", variables)).toBe(http);
  });

  test("are given to programs in both cases, and no other one of the machine's", () => {
    const { variables } = composeOutgoing(environmentOf({ ALL_PROXY: "a:1", NO_PROXY: ".corp, *.x.y, 10.0.0.0/8" }));
    const noProxy = "corp,.corp,x.y,.x.y,10.0.0.0/8";
    expect(variables).toEqual({
      ...{ HTTPS_PROXY: "http://a:1", https_proxy: "http://a:1", HTTP_PROXY: "http://a:1", http_proxy: "http://a:1" },
      ...{ NO_PROXY: noProxy, no_proxy: noProxy, ALL_PROXY: undefined, all_proxy: undefined },
    });
  });

  test("hold a secret, the password alone, which no route shows", () => {
    const environment = environmentOf({ HTTPS_PROXY: "http://bot:pass%2Fword@proxy:1" });
    expect(secretsOf(environment)).toEqual(["pass%2Fword", "pass/word"]);
    const route = "http://proxy:1";
    expect(routesOf(environment)).toEqual({ api: route, git: route, agent: route });
  });

  test.each([
    "socks5://proxy:1080",
    "http://",
    "http://proxy:99999",
    "http://proxy:3128/path",
    "http://user:100%@proxy:3128",
    "two words",
  ])("are refused where they name no proxy, by the name that was given: %s", (value) => {
    const message = expect.stringMatching(/: must be an address such as http:\/\/proxy:3128/);
    expect(problemsOf({ all_proxy: value })).toEqual([message]);
    expect(problemsOf({ all_proxy: value })[0]).toMatch(/^all_proxy: /);
    expect(problemsOf({ HTTPS_PROXY: value })[0]).toMatch(/^HTTPS_PROXY: /);
    expect(problemsOf({ HTTPS_PROXY: value }).join()).not.toContain("100%");
  });
});

describe("NO_PROXY", () => {
  const direct = (NO_PROXY: string, url: string): boolean => routeTo(url, { ALL_PROXY: "p:1", NO_PROXY }) === "direct";

  test.each([
    ["github.com", "https://github.com"],
    ["github.com", "https://api.github.com"],
    [".github.com", "https://github.com"],
    ["*.github.com", "https://api.github.com:8443/path"],
    ["a.b  GitHub.COM", "https://api.github.com."],
    ["*", "https://anything.at.all"],
    ["*", "http://10.1.2.3"],
    ["10.0.0.0/8", "http://10.1.2.3"],
    ["10.1.2.3", "http://10.1.2.3:8080"],
    ["fd00::/8", "http://[fd12::1]"],
    ["[::1]", "http://[::1]:8080"],
  ])("%s holds for %s", (list, url) => {
    expect(direct(list, url)).toBe(true);
  });

  test.each([
    ["github.com", "https://notgithub.com"],
    ["api.github.com", "https://github.com"],
    ["10.0.0.0/8", "http://11.1.2.3"],
    ["10.0.0.0/8", "http://10.example.com"],
    ["", "https://github.com"],
  ])("%s does not hold for %s", (list, url) => {
    expect(direct(list, url)).toBe(false);
  });

  test("is every host for git too where a list names all", () => {
    const { variables } = composeOutgoing(environmentOf({ ALL_PROXY: "p:1", NO_PROXY: "*, github.com" }));
    expect([variables["NO_PROXY"], variables["no_proxy"]]).toEqual(["*", "*"]);
  });

  test.each(["github.com:443", "10.0.0.0/33", "https://github.com", "a..b"])("is refused as %s", (NO_PROXY) => {
    expect(problemsOf({ NO_PROXY })).toEqual([expect.stringMatching(/^NO_PROXY: must be host names/)]);
  });
});

test("NODE_EXTRA_CA_CERTS is refused where it names nothing, or a file without a certificate", () => {
  const file = join(directory, "empty.pem");
  writeFileSync(file, "nothing\n");
  expect(problemsOf({ NODE_EXTRA_CA_CERTS: join(directory, "absent.pem") })).toEqual([
    "NODE_EXTRA_CA_CERTS: the file cannot be read (ENOENT)",
  ]);
  expect(problemsOf({ NODE_EXTRA_CA_CERTS: file })).toEqual([
    "NODE_EXTRA_CA_CERTS: the file holds no certificate in PEM",
  ]);
});
