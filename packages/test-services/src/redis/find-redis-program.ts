import { findProgram, type ProgramPlaces } from "../server/find-program.js";

/** The absolute path of a Redis server, or of Valkey, which is one by another name; null when there is none. */
export function findRedisProgram(places: ProgramPlaces): Promise<string | null> {
  return findProgram({ names: ["redis-server", "valkey-server"], ...places });
}
