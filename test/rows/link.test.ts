import { describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/domain/canonical.ts';
import { linkName } from '../../lib/domain/link-name.ts';
import { checkLink } from '../../lib/rows/link.ts';

const ANY = { allow: true, hosts: null };

describe('checkLink', () => {
  it('normalises the link, cuts its fragment and keys it by the sha256 of what is fetched', () => {
    const url = 'https://example.com/a%20b.png?x=1,2';
    expect(checkLink('HTTPS://Example.COM:443/a b.png?x=1,2#part', ANY)).toEqual({
      link: { record: `l:${sha256(url)}`, url, name: url },
    });
  });

  it.each([
    ['exactly allowed', 'https://cdn.example.com/0.png', ['cdn.example.com'], null],
    ['in another case', 'https://cdn.example.com/0.png', ['CDN.example.com'], null],
    ['with its port', 'http://127.0.0.1:8080/0.png', ['127.0.0.1:8080'], null],
    ['on another port', 'http://127.0.0.1:8081/0.png', ['127.0.0.1:8080'], 'LINK_HOST'],
    ['a subdomain', 'https://cdn.example.com/0.png', ['example.com'], 'LINK_HOST'],
    ['a lookalike', 'https://example.com.evil.com/0.png', ['example.com'], 'LINK_HOST'],
    ['among none', 'https://example.com/0.png', [], 'LINK_HOST'],
    ['of other letters', 'https://b\u00fccher.example/0.png', ['b\u00fccher.example'], null],
  ])('judges a host that is %s', (_what, url, hosts, code) => {
    const checked = checkLink(url, { allow: true, hosts });
    expect('issue' in checked ? checked.issue.code : null).toBe(code);
  });

  it.each([
    ['file:///etc/passwd', 'LINK_SCHEME'],
    ['ftp://example.com/0.png', 'LINK_SCHEME'],
    ['https://', 'LINK_URL'],
  ])('tells what is wrong with %s', (url, code) => {
    expect(checkLink(url, ANY)).toMatchObject({ issue: { code } });
  });

  it('refuses every link where links are not allowed', () => {
    expect(checkLink('https://example.com/0.png', { allow: false, hosts: null })).toMatchObject({
      issue: { code: 'LINK_REFUSED' },
    });
  });

  it('never repeats a secret in its messages', () => {
    for (const text of ['https://me:pa55word@x.com/0.png', 'ftp://me:pa55word@x.com/', 'https://me:pa55word@:99999/']) {
      const checked = checkLink(text, ANY);
      expect(checked).toHaveProperty('issue');
      expect(JSON.stringify(checked)).not.toContain('pa55word');
    }
  });
});

describe('linkName', () => {
  it.each([
    ['https://x.com/0.png', 'https://x.com/0.png'],
    ['https://x.com/0.png#a', 'https://x.com/0.png'],
    ['https://me:pass@x.com/0.png', 'https://x.com/0.png'],
    ['https://me:p@ss@x.com/a@b.png', 'https://x.com/a@b.png'],
    ['https://x.com/0.png?size=2&token=abc', 'https://x.com/0.png?size=2&token=…'],
    [
      'https://x.com/0.png?X-Amz-Credential=a%2Fb&X-Amz-Signature=c&v=1',
      'https://x.com/0.png?X-Amz-Credential=…&X-Amz-Signature=…&v=1',
    ],
    ['https://x.com/0.png?X-Goog-Signature=c', 'https://x.com/0.png?X-Goog-Signature=…'],
    ['https://x.com/0.png?sv=2022&se=2027&sp=r&sig=abc%3D', 'https://x.com/0.png?sv=…&se=…&sp=…&sig=…'],
    ['https://x.com/0.png?%74oken=abc', 'https://x.com/0.png?%74oken=…'],
    [
      'https://x.com/0.png?api_key=abc&Expires=9&Key-Pair-Id=K',
      'https://x.com/0.png?api_key=…&Expires=…&Key-Pair-Id=…',
    ],
    ['https://x.com/0.png?%E0%A4%A=1&flag', 'https://x.com/0.png?%E0%A4%A=1&flag'],
  ])('shows %s as %s', (url, name) => {
    expect(linkName(url)).toBe(name);
  });
});
