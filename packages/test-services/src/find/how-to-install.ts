import type { TestServer } from "./server-source.js";

const facts = {
  Redis: {
    program: "redis-server or valkey-server",
    variable: "REDIS_URL",
    debian: "redis-server",
    homebrew: "redis",
    fedora: "valkey",
  },
  PostgreSQL: {
    program: "initdb and postgres",
    variable: "DATABASE_URL",
    debian: "postgresql",
    homebrew: "postgresql@17",
    fedora: "postgresql-server",
  },
} as const satisfies Record<TestServer, object>;

/** The packages of Debian and Ubuntu that hold these servers. */
export function debianPackages(servers: readonly TestServer[]): readonly string[] {
  return servers.map((server) => facts[server].debian);
}

/** The sentence that names what is missing, each way to get it and the ways that failed. */
export function howToInstall(missing: readonly TestServer[], notes: readonly string[] = []): string {
  const each = (key: "debian" | "homebrew" | "fedora"): string => missing.map((server) => facts[server][key]).join(" ");
  const programs = missing.map((server) => facts[server].program).join(", and no ");
  const variables = missing.map((server) => facts[server].variable).join(" and ");
  return [
    `The tests need ${missing.join(" and ")}: this machine has no ${programs}. Do one of these:`,
    `  Debian, Ubuntu  sudo apt-get install -y --no-install-recommends ${each("debian")}`,
    `  macOS           brew install ${each("homebrew")}`,
    `  Fedora          sudo dnf install -y ${each("fedora")}`,
    `  Docker          start its engine, and npm install --no-save testcontainers@11.14.0`,
    `  elsewhere       set ${variables} to ${missing.length > 1 ? "servers" : "a server"} that tests may use`,
    ...notes.map((note) => `Tried: ${note}`),
  ].join("\n");
}
