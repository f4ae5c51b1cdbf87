import type { Problem } from "../../http/responses.js";

/** Null when the body's media type, charset and encoding are ones that the provider sends; else the 415 to answer. */
export function checkMediaType(headers: Headers, contentTypes: readonly string[]): Problem | null {
  const [mediaType = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const encoding = headers.get("content-encoding");
  const isIdentity = encoding === null || encoding.trim().toLowerCase() === "identity";
  if (contentTypes.includes(mediaType.trim()) && isUtf8 && isIdentity) return null;
  return {
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    title: "Unsupported media type",
    detail: `Set the webhook's content type to ${contentTypes.join(" or ")}, in UTF-8 and not compressed.`,
    headers: { "accept-encoding": "identity" },
  };
}
