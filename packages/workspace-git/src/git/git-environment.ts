/** The parts of the machine that a git process can use. */
export interface GitSurroundings {
  /** Variables of the host; only those that git needs for the network and its programs are copied. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  /** An empty, private directory: no `.gitconfig`, no `.netrc`. */
  readonly homeDirectory: string;
  /** Plain `http:` remotes are reachable too. */
  readonly allowHttp: boolean;
}

/** The directories of programs if the host's PATH is not given. */
const defaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin";

const hostVariables = [
  "PATH",
  "TMPDIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "GIT_PROXY_SSL_CAINFO",
];

// Old commits of many ordinary repositories have these defects; they are harmless.
const harmlessDefects = [
  "badDate",
  "badDateOverflow",
  "badEmail",
  "badName",
  "badTimezone",
  "missingEmail",
  "missingNameBeforeEmail",
  "missingSpaceBeforeDate",
  "missingSpaceBeforeEmail",
  "multipleAuthors",
  "zeroPaddedDate",
  "zeroPaddedFilemode",
];

const safeConfiguration: readonly (readonly [key: string, value: string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.untrackedCache", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["core.safecrlf", "false"],
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
  ["safe.bareRepository", "explicit"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["transfer.bundleURI", "false"],
  ["fetch.fsckObjects", "true"],
  ...harmlessDefects.map((defect) => [`fetch.fsck.${defect}`, "ignore"] as const),
  ["gc.autoDetach", "false"],
  ["maintenance.auto", "false"],
  ["credential.helper", ""],
  // A redirect would carry the credential to another host.
  ["http.followRedirects", "false"],
  // A server that sends less than 1 kB/s for a minute is down.
  ["http.lowSpeedLimit", "1000"],
  ["http.lowSpeedTime", "60"],
];

/** Returns an environment with the machine's network settings and without its git configuration. */
export function isolatedEnvironment(surroundings: GitSurroundings): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: defaultSearchPath,
    HOME: surroundings.homeDirectory,
    XDG_CONFIG_HOME: surroundings.homeDirectory,
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
  for (const name of hostVariables) {
    const value = surroundings.hostEnvironment[name];
    if (value) environment[name] = value;
  }
  return environment;
}

/** Returns the whole environment of a git process, with the configuration that every command runs under. */
export function gitEnvironment(
  surroundings: GitSurroundings,
  extraConfiguration: readonly (readonly [key: string, value: string])[] = [],
): Record<string, string> {
  const configuration = [...safeConfiguration, ...extraConfiguration];
  const environment: Record<string, string> = {
    ...isolatedEnvironment(surroundings),
    GIT_ALLOW_PROTOCOL: surroundings.allowHttp ? "https:http" : "https",
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_CONFIG_COUNT: String(configuration.length),
  };
  for (const [index, [key, value]] of configuration.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return environment;
}
