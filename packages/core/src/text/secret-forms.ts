/** The shortest value that is looked for: shorter ones match innocent text. */
const minimumLength = 8;

/** Base64 of the value inside a longer text: the part that no neighbouring byte can change, for each alignment. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
    const encoded = bytes.toString("base64");
    const start = shift === 0 ? 0 : shift + 1;
    const end = Math.floor(bytes.length / 3) * 4;
    const fixed = encoded.slice(start, end);
    const whole = shift === 0 ? [encoded] : [];
    return [...whole, fixed].flatMap((form) => [
      form,
      form.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
    ]);
  });
}

/** The forms in which secrets occur in texts, longest first: raw, base64, base64url, hex, URL- and JSON-encoded, single lines. */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < minimumLength) continue;
    const hex = Buffer.from(secret).toString("hex");
    const lines = secret.includes("\n") ? secret.split(/\r?\n/).filter((line) => line.length >= 24) : [];
    const encoded = [encodeURIComponent(secret.replace(/\p{Cs}/gu, "")), JSON.stringify(secret).slice(1, -1)];
    for (const form of [secret, ...encoded, hex, hex.toUpperCase(), ...base64Forms(secret), ...lines]) {
      if (form.length >= minimumLength && !/^-----(?:BEGIN|END)[A-Z ]*-----$/.test(form)) forms.add(form);
    }
  }
  return [...forms].sort((left, right) => right.length - left.length);
}
