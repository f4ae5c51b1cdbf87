/** The number of letters and digits in a row that give a secret away, wherever in it they are. */
const windowLength = 16;

/** A window of fewer different characters, such as zeros, is in innocent texts too. */
const minimumDiversity = 5;

/** A part of a text, from its first character to the one after its last. */
export type TextRange = readonly [start: number, end: number];

/** Finds secrets of which the values are known. */
export interface SecretMatcher {
  /** Returns what belongs to a secret, in order. Linear in the text, however many secrets there are. */
  find(text: string): readonly TextRange[];
  /** Returns true if the text holds a part of a secret. */
  isIn(text: string): boolean;
}

/**
 * Finds known secrets by windows of 16 letters and digits; everything else is skipped, in the secrets and in the text. So a
 * secret is found with its ends cut off, spaced, in lines, in quotes or with escapes between, reversed, and as base64,
 * base64url, hex or URL-encoded text, also inside longer text. Of a PEM key each line and its DER are found, not the header
 * that keys have in common.
 *
 * @param secrets - values of at least 16 letters and digits; of shorter ones nothing is found
 */
export function createSecretMatcher(secrets: readonly string[]): SecretMatcher {
  const windows = new Set(secrets.flatMap(formsOf).flatMap(windowsOf));
  const sieve = createSieve(windows);
  const find = (text: string, isFirstEnough: boolean): readonly TextRange[] => {
    const found: [number, number][] = [];
    if (windows.size === 0) return found;
    const last = { codes: new Uint8Array(windowLength), places: new Int32Array(windowLength) };
    let count = 0;
    let hash = 0;
    for (let place = 0; place < text.length; place += 1) {
      const code = text.charCodeAt(place);
      if (!isLetterOrDigit(code)) continue;
      const slot = count % windowLength;
      hash = rolledHash(hash, code, last.codes[slot] ?? 0);
      last.codes[slot] = code;
      last.places[slot] = place;
      count += 1;
      if (count < windowLength || !mayHold(sieve, hash)) continue;
      const oldest = count % windowLength;
      const window = String.fromCharCode(...last.codes.subarray(oldest), ...last.codes.subarray(0, oldest));
      if (!windows.has(window)) continue;
      const start = last.places[oldest] ?? 0;
      const previous = found.at(-1);
      if (previous && start <= previous[1]) previous[1] = place + 1;
      else found.push([start, place + 1]);
      if (isFirstEnough) break;
    }
    return found;
  };
  return { find: (text) => find(text, false), isIn: (text) => find(text, true).length > 0 };
}

/** Returns true if the windows of a matcher can find a value. */
export function hasWindow(secret: string): boolean {
  return windowsOf(secret).length > 0;
}

function isLetterOrDigit(code: number): boolean {
  return code < 58 ? code > 47 : (code > 64 && code < 91) || (code > 96 && code < 123);
}

function windowsOf(form: string): readonly string[] {
  const letters = form.replace(/[^A-Za-z0-9]+/g, "");
  const count = Math.max(0, letters.length - windowLength + 1);
  return Array.from({ length: count }, (_, start) => letters.slice(start, start + windowLength)).filter(
    (window) => new Set(window).size >= minimumDiversity,
  );
}

const base = 0x01000193;
/** The weight of the character that leaves the window: the base to the power of 16, modulo 2^32. */
const leavingWeight = Array.from({ length: windowLength }).reduce<number>((weight) => Math.imul(weight, base), 1);

function rolledHash(hash: number, entering: number, leaving: number): number {
  return (Math.imul(hash, base) + entering - Math.imul(leaving, leavingWeight)) | 0;
}

const sieveBits = 22;

/** A bit for each hash that a window has, by the upper bits of the hash: most places of a text are passed by one look. */
function createSieve(windows: Iterable<string>): Uint8Array {
  const sieve = new Uint8Array(2 ** (sieveBits - 3));
  for (const window of windows) {
    let hash = 0;
    for (let index = 0; index < windowLength; index += 1) hash = rolledHash(hash, window.charCodeAt(index), 0);
    const bit = hash >>> (32 - sieveBits);
    sieve[bit >>> 3] = (sieve[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }
  return sieve;
}

function mayHold(sieve: Uint8Array, hash: number): boolean {
  const bit = hash >>> (32 - sieveBits);
  return ((sieve[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

/** The forms in which a secret occurs in texts. */
function formsOf(secret: string): readonly string[] {
  const contents = contentsOf(secret);
  const [own, text = own] = contents;
  // A key is written as its lines, and not as its DER.
  const words = (pemOf(secret) === null ? own : text)?.toString() ?? "";
  const written = [words, encodeURIComponent(words.replace(/\p{Cs}/gu, ""))];
  const encoded = contents.flatMap((bytes) => [bytes, Buffer.from(bytes).reverse()]).flatMap(encodingsOf);
  const forms = [...written, ...encoded];
  return [...forms, ...forms.map((form) => Array.from(form).reverse().join(""))];
}

function encodingsOf(bytes: Buffer): readonly string[] {
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase(), ...base64FormsOf(bytes)];
}

/** Base64 inside a longer text: the part that no neighbouring byte can change, for each alignment. */
function base64FormsOf(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const start = shift === 0 ? 0 : shift + 1;
    return shifted.toString("base64").slice(start, Math.floor((shifted.length * 8) / 6));
  });
}

const base64Pattern = /^[A-Za-z0-9+/_-]{32,}={0,2}$/;
const hexPattern = /^(?:[0-9a-fA-F]{2}){16,}$/;

/** Object identifiers of rsaEncryption and ecPublicKey (RFC 8017, RFC 5480): where one stands, the key begins later. */
const algorithms = [Buffer.from("2a864886f70d010101", "hex"), Buffer.from("2a8648ce3d0201", "hex")];

/** The bytes of a secret: its own, and those that it encodes. */
function contentsOf(secret: string): readonly Buffer[] {
  const pem = pemOf(secret);
  if (pem !== null) {
    const der = Buffer.from(pem, "base64");
    const header = algorithms.some((algorithm) => der.subarray(0, 32).includes(algorithm)) ? 30 : 6;
    return [der.subarray(header), Buffer.from(pem.slice(2 * header))];
  }
  const decoded = base64Pattern.test(secret) ? [Buffer.from(secret, "base64")] : [];
  return [Buffer.from(secret), ...decoded, ...(hexPattern.test(secret) ? [Buffer.from(secret, "hex")] : [])];
}

const pemPattern = /-----BEGIN [A-Z0-9 ]{1,40}-----([\s\S]+?)-----END [A-Z0-9 ]{1,40}-----/;

/** The lines of a PEM key between header and footer, given as it is, with `\n` for line ends, or in base64; else null. */
function pemOf(secret: string): string | null {
  const written = [secret.replaceAll("\\n", "\n"), Buffer.from(secret, "base64").toString("latin1")];
  return written.map((text) => pemPattern.exec(text)?.[1]?.trim()).find((body) => body !== undefined) ?? null;
}
