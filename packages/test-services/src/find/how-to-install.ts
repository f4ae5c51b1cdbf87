/** What tests may need. */
export type TestServer = "Redis" | "PostgreSQL";

const advice = {
  Redis: {
    program: "redis-server or valkey-server",
    variable: "REDIS_URL",
    debian: "redis-server",
    brew: "redis",
    fedora: "valkey",
  },
  PostgreSQL: {
    program: "postgres",
    variable: "DATABASE_URL",
    debian: "postgresql",
    brew: "postgresql@17",
    fedora: "postgresql-server",
  },
} as const;

/** Says what is missing and each way to get it. */
export function howToInstall(missing: readonly TestServer[]): string {
  const all = missing.map((server) => advice[server]);
  const words = (key: "debian" | "brew" | "fedora"): string => all.map((one) => one[key]).join(" ");
  return [
    `There is no ${missing.join(" and no ")} for the tests: no program ${all.map(({ program }) => program).join(", no ")} on this machine. Do one of:`,
    `  Debian, Ubuntu: sudo apt-get install -y --no-install-recommends ${words("debian")}`,
    `  macOS:          brew install ${words("brew")}`,
    `  Fedora:         sudo dnf install -y ${words("fedora")}`,
    `  anywhere:       set ${all.map(({ variable }) => variable).join(" and ")} to the URL of a server that tests may use`,
  ].join("\n");
}
