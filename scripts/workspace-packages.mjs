// The packages of this workspace that are built, in the order in which they need each other.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** Every package with a tsup.config.ts: `{ name, folder, isLibrary, dependencies, hash }`, dependencies first. */
export function workspacePackages() {
  const found = new Map();
  const inGroups = ["packages", "examples"].flatMap((group) => {
    return readdirSync(join(root, group)).map((entry) => join(root, group, entry));
  });
  for (const folder of [...inGroups.sort(), join(root, "bench")]) {
    if (!existsSync(join(folder, "tsup.config.ts"))) continue;
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const isLibrary = folder.startsWith(join(root, "packages/"));
    // What only measures needs everything; what is a library's development dependency is its tests' affair.
    const declared = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...(isLibrary ? {} : manifest.devDependencies),
    };
    found.set(manifest.name, { isLibrary, folder, declared: Object.keys(declared) });
  }
  const ordered = new Map();
  const settings = ["package-lock.json", "tsconfig.base.json", "tsconfig.json", "tsup.base.ts"];
  const settingsHash = hashOf(settings.map((file) => readFileSync(join(root, file))));
  const add = (name) => {
    if (ordered.has(name)) return;
    const { folder, isLibrary, declared } = found.get(name);
    const dependencies = declared.filter((other) => found.has(other));
    for (const other of dependencies) add(other);
    const inherited = dependencies.map((other) => ordered.get(other).hash);
    ordered.set(name, {
      name,
      folder,
      isLibrary,
      dependencies,
      hash: hashOf([settingsHash, ...inherited, ...sourcesOf(folder)]),
    });
  };
  for (const name of found.keys()) add(name);
  return [...ordered.values()];
}

/** The names and contents of everything a package is built from. */
function sourcesOf(folder) {
  const files = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  return [join(folder, "package.json"), join(folder, "tsup.config.ts"), ...files].flatMap((file) => {
    return [file.slice(folder.length), readFileSync(file)];
  });
}

function hashOf(parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}
