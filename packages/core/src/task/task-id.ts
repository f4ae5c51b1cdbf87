import { randomFillSync } from "node:crypto";

/**
 * A new UUIDv7 (RFC 9562 §5.7): sorts by the time it was made, so the order of ids is the order of arrival
 * to the millisecond. Installations, threads and deliveries use the same form.
 */
export function newTaskId(now: Date = new Date()): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
