import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardUrl, type HostRule, isExempt, readHostRule } from '../../lib/media/download-guard.ts';

function codeOf(url: string, rules: { exempt?: string[]; hosts?: string[] | null } = {}): string {
  const read = (text: string): HostRule => readHostRule(text) as HostRule;
  const exempt = (rules.exempt ?? []).map(read);
  const guarded = guardUrl(url, { exempt, hosts: rules.hosts?.map(read) ?? null });
  return 'url' in guarded ? guarded.url.href : guarded.failure.code;
}

describe('guardUrl', () => {
  it.each([
    ['https://example.com/a.png', 'https://example.com/a.png'],
    ['http://example.com/a.png', 'http://example.com/a.png'],
    ['https://example.com:8443/', 'https://example.com:8443/'],
    ['http://example.com:443/', 'http://example.com:443/'],
    ['HTTPS://EXAMPLE.com/A?b=c#d', 'https://example.com/A?b=c'],
    ['https://example.com./a', 'https://example.com/a'],
    ['https://example.com../a', 'https://example.com/a'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('lets %s pass as %s', (url, href) => {
    expect(codeOf(url)).toBe(href);
  });

  it.each([
    ['ftp://example.com/', 'LINK_SCHEME'],
    ['file:///etc/passwd', 'LINK_SCHEME'],
    ['data:text/plain,x', 'LINK_SCHEME'],
    ['gopher://example.com/', 'LINK_SCHEME'],
    ['//example.com/', 'LINK_URL'],
    ['', 'LINK_URL'],
    ['https://', 'LINK_URL'],
    ['https://./', 'LINK_URL'],
    ['https://a b/', 'LINK_URL'],
    [`https://example.com/${'a'.repeat(2048)}`, 'LINK_TOO_LONG'],
    ['https://user@example.com/', 'LINK_USERINFO'],
    ['https://user:password@example.com/', 'LINK_USERINFO'],
    ['https://:password@example.com/', 'LINK_USERINFO'],
    ['https://example.com:22/', 'LINK_PORT'],
    ['http://example.com:6379/', 'LINK_PORT'],
    ['https://8.8.8.8/', 'LINK_ADDRESS'],
    ['https://[2606:4700:4700::1111]/', 'LINK_ADDRESS'],
    ['http://127.0.0.1/', 'LINK_PRIVATE'],
    ['http://127.0.0.1./', 'LINK_PRIVATE'],
    ['http://127.0.0.1../', 'LINK_PRIVATE'],
    ['http://127.1/', 'LINK_PRIVATE'],
    ['http://2130706433/', 'LINK_PRIVATE'],
    ['http://0x7f000001/', 'LINK_PRIVATE'],
    ['http://0x7f.0.0.1/', 'LINK_PRIVATE'],
    ['http://0177.0.0.1/', 'LINK_PRIVATE'],
    ['http://１２７.0.0.1/', 'LINK_PRIVATE'],
    ['http://127。0。0。1/', 'LINK_PRIVATE'],
    ['http://%31%32%37.0.0.1/', 'LINK_PRIVATE'],
    ['http://0/', 'LINK_PRIVATE'],
    ['http://169.254.169.254/latest/meta-data/', 'LINK_PRIVATE'],
    ['http://[::1]/', 'LINK_PRIVATE'],
    ['http://[::]/', 'LINK_PRIVATE'],
    ['http://[::ffff:169.254.169.254]/', 'LINK_PRIVATE'],
    ['http://[fd00:ec2::254]/', 'LINK_PRIVATE'],
  ])('refuses %s with %s', (url, code) => {
    expect(codeOf(url)).toBe(code);
  });

  it('refuses a private address however its number is spelled', () => {
    const spell = (value: number, radix: 'decimal' | 'octal' | 'hexadecimal') =>
      ({ decimal: `${value}`, octal: `0${value.toString(8)}`, hexadecimal: `0x${value.toString(16)}` })[radix];
    const radix = fc.constantFrom('decimal' as const, 'octal' as const, 'hexadecimal' as const);
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, fc.array(radix, { minLength: 4, maxLength: 4 }), (b, c, d, [r1, r2, r3, r4]) => {
        const whole = ((10 << 24) | (b << 16) | (c << 8) | d) >>> 0;
        const dotted = [spell(10, r1!), spell(b, r2!), spell(c, r3!), spell(d, r4!)].join('.');
        const forms = [dotted, spell(whole, r1!), `${spell(10, r2!)}.${spell(whole & 0xffffff, r3!)}`, `${dotted}.`];
        expect(forms.map((host) => codeOf(`http://${host}/`))).toEqual(forms.map(() => 'LINK_PRIVATE'));
      }),
      { seed: 42 },
    );
  });

  it.each([
    ['http://files.intern:9000/a', ['files.intern:9000'], 'http://files.intern:9000/a'],
    ['http://FILES.intern.:9000/a', ['Files.Intern:9000'], 'http://files.intern:9000/a'],
    ['http://files.intern:9001/a', ['files.intern:9000'], 'LINK_PORT'],
    ['http://other.intern:9000/a', ['files.intern:9000'], 'LINK_PORT'],
    ['http://127.0.0.1:9000/a', ['127.0.0.1:9000'], 'http://127.0.0.1:9000/a'],
    ['http://127.0.0.1:80/a', ['127.0.0.1:9000'], 'LINK_PRIVATE'],
    ['http://127.0.0.2:9000/a', ['127.0.0.1:9000'], 'LINK_PRIVATE'],
    ['http://127.0.0.1/a', ['127.0.0.1'], 'http://127.0.0.1/a'],
    ['http://127.0.0.1:9000/a', ['127.0.0.1'], 'LINK_PRIVATE'],
    ['http://[::1]:9000/a', ['[::1]:9000'], 'http://[::1]:9000/a'],
    ['http://[::1]/a', ['::1'], 'http://[::1]/a'],
    ['http://user@127.0.0.1:9000/a', ['127.0.0.1:9000'], 'LINK_USERINFO'],
    ['ftp://127.0.0.1:9000/a', ['127.0.0.1:9000'], 'LINK_SCHEME'],
  ])('judges %s where the operator opened %j as %s', (url, exempt, outcome) => {
    expect(codeOf(url, { exempt })).toBe(outcome);
  });

  it.each([
    ['https://a.example/', ['a.example'], 'https://a.example/'],
    ['https://a.example/', ['A.example.'], 'https://a.example/'],
    ['https://a.example:8443/', ['a.example'], 'https://a.example:8443/'],
    ['https://a.example/', ['a.example:443'], 'https://a.example/'],
    ['https://a.example:8443/', ['a.example:443'], 'LINK_HOST'],
    ['https://b.a.example/', ['a.example'], 'LINK_HOST'],
    ['https://a.example.evil.example/', ['a.example'], 'LINK_HOST'],
    ['https://a.example/', [], 'LINK_HOST'],
  ])("judges %s by the job spec's hosts %j as %s", (url, hosts, outcome) => {
    expect(codeOf(url, { hosts })).toBe(outcome);
  });

  it("does not let an operator's opening widen what the job spec narrows", () => {
    expect(codeOf('http://127.0.0.1:9000/', { exempt: ['127.0.0.1:9000'], hosts: ['a.example'] })).toBe('LINK_HOST');
  });
});

describe('readHostRule', () => {
  it.each([
    ['example.com', { host: 'example.com', port: null }],
    [' Example.com:80 ', { host: 'example.com', port: 80 }],
    ['bücher.example', { host: 'xn--bcher-kva.example', port: null }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['::1', { host: '::1', port: null }],
    ['127.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['', null],
    ['https://example.com', null],
    ['example.com/path', null],
    ['user@example.com', null],
    ['example.com:99999', null],
    ['*.example.com/', null],
  ])('reads "%s" as %j', (text, rule) => {
    expect(readHostRule(text)).toEqual(rule);
  });
});

describe('isExempt', () => {
  it('means the usual ports where the operator named none', () => {
    const rule: HostRule = { host: 'a.example', port: null };
    expect([80, 443, 8443, 22].map((port) => isExempt('a.example', port, [rule]))).toEqual([true, true, true, false]);
  });
});
