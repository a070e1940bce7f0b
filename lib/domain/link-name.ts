// Words within the names of query parameters whose values open what the link points to.
const SECRET_WORD =
  /token|secret|passw|pwd|signature|credential|session|hmac|jwt|auth|policy|api_?key|access_?key|key-?pair|^x-(?:amz|goog|ms|oss|cos)-/i;
// Short names that are secrets or belong to a signature: Azure's SAS, CloudFront, and what people call their keys.
const SECRET_NAMES: ReadonlySet<string> = new Set([
  ...['key', 'sig', 'sign', 'code', 'expires', 'hash', 'sv', 'se', 'sp', 'sr', 'st', 'spr', 'sip', 'ss', 'srt', 'si'],
  ...['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'googleaccessid', 'awsaccesskeyid', 'hdnts', 'hdnea'],
]);
const CUT = '…';

/** A link as people may read it in reports: without user, password, fragment, and the values of parameters that are secrets. */
export function linkName(text: string): string {
  const [beforeFragment = ''] = text.split('#', 1);
  const mark = beforeFragment.indexOf('?');
  const path = mark < 0 ? beforeFragment : beforeFragment.slice(0, mark);
  const bare = path.replace(/^(\s*[a-z][a-z0-9+.-]*:[\\/]*)[^\\/]*@/i, '$1');
  return mark < 0
    ? bare
    : `${bare}?${beforeFragment
        .slice(mark + 1)
        .split('&')
        .map(withoutSecret)
        .join('&')}`;
}

function withoutSecret(parameter: string): string {
  const equals = parameter.indexOf('=');
  if (equals < 0) return parameter;
  const name = parameter.slice(0, equals);
  return isSecretName(decoded(name)) ? `${name}=${CUT}` : parameter;
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.toLowerCase()) || SECRET_WORD.test(name);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
