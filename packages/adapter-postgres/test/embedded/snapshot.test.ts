import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rejectsWithCode } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { pgliteSqlDatabase } from "../../src/embedded/pglite-sql-database.js";
import { packSnapshot, unpackSnapshot } from "../../src/embedded/snapshot-archive.js";
import { readSnapshotFile, snapshotFileName } from "../../src/embedded/snapshot-file.js";
import { startPgliteInMemory, startPgliteOnDisk } from "../../src/embedded/start-pglite.js";
import { writeSnapshot } from "../../src/embedded/write-snapshot.js";
import { migrate } from "../../src/index.js";
import { migrationsFingerprint } from "../../src/migrations/migration-list.js";
import { temporaryDirectories } from "../fixtures/temporary-directory.js";

const temporaryDirectory = temporaryDirectories();
const upToDate = { migrations: [], sql: "" };

describe("the snapshot", () => {
  test("is named after its migrations, small, and a migrated database on disk and in memory", async () => {
    const directory = await temporaryDirectory();
    const { path, bytes } = await writeSnapshot(directory);
    expect(path).toBe(join(directory, `snapshot-${migrationsFingerprint()}.tar.gz`));
    expect(bytes).toBe(statSync(path).size);
    expect(bytes).toBeLessThan(6_000_000);
    const snapshot = new Uint8Array(readFileSync(path));

    const unpacked = join(directory, "pgdata");
    unpackSnapshot(snapshot, unpacked);
    expect(readdirSync(unpacked)).not.toContain("postmaster.pid");
    for (const pglite of [
      await startPgliteOnDisk(unpacked, { durability: "full" }),
      await startPgliteInMemory(snapshot),
    ]) {
      expect(await migrate(pgliteSqlDatabase(pglite))).toEqual(upToDate);
      await pglite.close();
    }
  });

  test("is found by the name of its migrations, and may be absent", async () => {
    expect(snapshotFileName).toMatch(/^snapshot-[0-9a-f]{16}\.tar\.gz$/);
    const place = pathToFileURL(`${await temporaryDirectory()}/`);
    expect(await readSnapshotFile(place)).toBe(null);
    writeFileSync(new URL(snapshotFileName, place), "data");
    expect(await readSnapshotFile(place)).toEqual(new Uint8Array(Buffer.from("data")));
  });

  test("brings back every file, empty ones and empty directories included", async () => {
    const directory = await temporaryDirectory();
    const [source, target] = [join(directory, "source"), join(directory, "target")];
    mkdirSync(join(source, "a", "empty"), { recursive: true });
    const contents = { "a/one": 1, "a/nothing": 0, "b-512": 512, "c-513": 513, "d-100000": 100_000 };
    for (const [name, size] of Object.entries(contents)) {
      writeFileSync(join(source, name), Buffer.alloc(size, size % 251));
    }
    unpackSnapshot(packSnapshot(source), target);
    expect(readdirSync(target, { recursive: true }).toSorted()).toEqual(
      readdirSync(source, { recursive: true }).toSorted(),
    );
    for (const name of Object.keys(contents)) {
      expect(readFileSync(join(target, name)).equals(readFileSync(join(source, name)))).toBe(true);
    }
    expect(packSnapshot(target)).toEqual(packSnapshot(source));
  });

  test("that names a file outside the directory is refused", async () => {
    const directory = await temporaryDirectory();
    const source = join(directory, "source");
    mkdirSync(source);
    writeFileSync(join(source, "aa-evil"), "x");
    const { gunzipSync, gzipSync } = await import("node:zlib");
    const tar = gunzipSync(packSnapshot(source));
    tar.write("../evil", 0, "latin1");
    const unpack = async () => unpackSnapshot(new Uint8Array(gzipSync(tar)), join(directory, "target"));
    await rejectsWithCode(unpack(), "STORE_UNAVAILABLE");
    expect(readdirSync(directory)).not.toContain("evil");
  });
});
