// What keys look like, wherever they turn up: OpenAI, AWS, Google (keys and access tokens), bearer tokens, PEM keys.
const SECRETS: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_*-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\bya29\.[A-Za-z0-9_.-]+/g,
  /(?<=\bBearer )[A-Za-z0-9_.~+/=-]{16,}/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g,
];

/** A text from elsewhere, such as a provider's answer, with everything that looks like a key cut out. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((safe, pattern) => safe.replace(pattern, '…'), text);
}
