/**
 * Forms of credentials whose value is not known. No pattern scans further than its own match, so each is linear. `ghs_`
 * covers both forms: 36 characters, and `ghs_<app id>_<JWT>` of about 520 (April 2026).
 */
export const secretPatterns: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
  /gh[pour]_[A-Za-z0-9]{36,}/g,
  /ghs_[A-Za-z0-9._-]{36,}/g,
  /github_pat_[A-Za-z0-9_]{22,}/g,
  /sk-ant-[A-Za-z0-9_-]{16,}/g,
  /sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{16,}/g,
  /(?<=^|[^A-Za-z0-9]|\\[nrt]|\[[\d;]{0,16}m)sk-[A-Za-z0-9]{32,}/g,
  /xox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /xapp-[A-Za-z0-9-]{10,}/g,
  /sntr[ysu]{1,2}_[A-Za-z0-9+/=_-]{20,}/g,
  /lin_(?:api|oauth)_[A-Za-z0-9]{24,}/g,
  /gl(?:pat|ptt|rt|oas|dt)-[A-Za-z0-9_-]{20,}/g,
  /npm_[A-Za-z0-9]{36}/g,
  /ATATT[A-Za-z0-9_=-]{20,}/g,
  /whsec_[A-Za-z0-9+/=]{20,}/g,
  /(?<=^|[^A-Za-z0-9+/]|\\[nrt]|\[[\d;]{0,16}m)(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])/g,
  /AIza[A-Za-z0-9_-]{35}/g,
  /(?<=^|[^A-Za-z0-9_-]|\\[nrt]|\[[\d;]{0,16}m)eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
];

/** Like {@link secretPatterns}, but only the part after group 1 is secret. */
export const labelledSecretPatterns: readonly RegExp[] = [
  /(:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,1024}(?=@)/g,
  /((?:authorization|x-api-key|private-token)["']?\s{0,8}[:=]\s{0,8}["']?(?:(?:basic|bearer|token)\s{1,8})?)[A-Za-z0-9+/=._~-]{8,}/gi,
  /(\b(?:basic|bearer)\s{1,8})(?=[A-Za-z+/=._~-]{0,200}[0-9])[A-Za-z0-9+/=._~-]{20,}/gi,
];
