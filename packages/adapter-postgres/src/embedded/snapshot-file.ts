import { readFile } from "node:fs/promises";
import { migrationsFingerprint } from "../migrations/migration-list.js";

/** The shipped data directory's file name. It names the migrations it was made with, so that another release's is never used. */
export const snapshotFileName = `snapshot-${migrationsFingerprint()}.tar.gz`;

/** Reads the snapshot that was built into this package, or null where there is none, as in its sources. */
export async function readSnapshotFile(place: URL | string = import.meta.url): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(new URL(snapshotFileName, place)));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
