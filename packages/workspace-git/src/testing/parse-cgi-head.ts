/** The head of a CGI program's answer (RFC 3875 §6). */
export interface CgiHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first bytes of the body. */
  readonly rest: Buffer;
}

/** Splits the head off what a CGI program has written so far, or null while it is incomplete. */
export function parseCgiHead(output: Buffer): CgiHead | null {
  const end = /\r?\n\r?\n/.exec(output.toString("latin1"));
  if (end === null) return null;
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of output.toString("latin1", 0, end.index).split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (name !== "") headers[name.toLowerCase()] = value;
  }
  return { status, headers, rest: output.subarray(end.index + end[0].length) };
}
