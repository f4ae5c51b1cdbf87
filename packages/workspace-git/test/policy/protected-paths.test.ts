import { describe, expect, test } from "vitest";
import { createPathCheck, defaultProtectedPaths } from "../../src/commit/protected-paths.js";

const bytes = (path: string): string => Buffer.from(path).toString("latin1");
const isProtected = (path: string): boolean => createPathCheck(defaultProtectedPaths)(bytes(path));

const protectedPaths = [
  ".github/workflows/evil.yml",
  ".github/actions/build/action.yml",
  ".github/agentbot.yml",
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/CODEOWNERS",
  ".gitmodules",
  "CLAUDE.md",
  "packages/web/CLAUDE.md",
  "AGENTS.md",
  "deep/er/AGENTS.md",
  ".claude/settings.json",
  "packages/web/.claude/hooks/x.sh",
  ".mcp.json",
  "packages/web/.mcp.json",
  ".npmrc",
  "packages/web/.npmrc",
  ".husky/pre-commit",
  ".cursor/rules/a.mdc",
  ".codex/config.toml",
  // A directory in a protected file's place.
  ".mcp.json/x",
  ".github/workflows",
];

const otherSpellings = [
  ".GitHub/Workflows/evil.yml",
  "claude.MD",
  "codeowners",
  // A long s and a Kelvin sign are the same letters in upper case.
  ".github/wor\u{212a}flows/evil.yml",
  ".hu\u{17f}ky/pre-commit",
  // Code points that HFS+ ignores.
  ".git\u{200c}hub/workflows/evil.yml",
  "CLAUDE\u{feff}.md",
  "AGE\u{2060}NTS.md",
  // Names that are the same on NTFS.
  "CLAUDE.md.",
  "CLAUDE.md ",
  "CLAUDE.md::$DATA",
  ".npmrc. .",
  ".github\\workflows\\evil.yml",
  "CODEOW~1",
  "GITHUB~1/WORKFL~1/evil.yml",
];

const innocentPaths = [
  "README.md",
  "src/claude.ts",
  "docs/agents.md.txt",
  ".github/ISSUE_TEMPLATE/bug.md",
  ".github/dependabot.yml",
  "src/.github/workflows/fixture.yml",
  "CODEOWNERS.txt",
  "npmrc",
  "src/workflows/a.ts",
];

describe("the default protected paths", () => {
  test.each(protectedPaths)("hold %s", (path) => expect(isProtected(path)).toBe(true));
  test.each(otherSpellings)("hold %j, which some file system takes for the same", (path) =>
    expect(isProtected(path)).toBe(true),
  );
  test.each(innocentPaths)("leave %s alone", (path) => expect(isProtected(path)).toBe(false));
});

test("a pattern begins at the root, and holds what lies below", () => {
  const check = createPathCheck(["/infra/**", "*.pem", "**/secrets-*"]);
  expect(["infra/a/b", "infra", "key.PEM", "a/b/secrets-x/y"].every(check)).toBe(true);
  expect(["src/infra/a", "src/key.pem", "secrets", "infrastructure"].some(check)).toBe(false);
});

test("a path of 4,000 directories is checked in linear time", () => {
  const check = createPathCheck(defaultProtectedPaths);
  expect(check("a/".repeat(4000))).toBe(false);
  expect(check(`${"a/".repeat(4000)}.npmrc`)).toBe(true);
});
