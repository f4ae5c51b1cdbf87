import { randomFillSync } from "node:crypto";

/** Random bytes are drawn for many ids at once: a call for them costs more than an id. */
const random = Buffer.alloc(16 * 256);
let used = random.length;

/**
 * Returns a new UUIDv7 (RFC 9562 §5.7). It sorts by its time, so that the order of ids is the order of arrival to the
 * millisecond. Installations, threads, deliveries and commands have ids of the same form.
 */
export function newTaskId(now: Date = new Date()): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const bytes = random.subarray(used, used + 16);
  used += 16;
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
