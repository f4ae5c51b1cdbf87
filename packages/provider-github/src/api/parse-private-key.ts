import { createPrivateKey } from "node:crypto";

/**
 * The App's private key as PKCS#8 PEM, from a PEM with real or `\n`-escaped line ends or from its base64; null when the
 * text holds no RSA private key.
 */
export function parsePrivateKey(text: string): string | null {
  const unescaped = text
    .trim()
    .replace(/^["']|["']$/g, "")
    .replaceAll("\\r", "")
    .replaceAll("\\n", "\n");
  const pem = unescaped.includes("-----BEGIN") ? unescaped : Buffer.from(unescaped, "base64").toString();
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "rsa" ? key.export({ type: "pkcs8", format: "pem" }).toString() : null;
  } catch {
    return null;
  }
}
