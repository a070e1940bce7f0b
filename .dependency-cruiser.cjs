/** Who may import whom. The folders are explained in docs/architecture.md; test/architecture.test.ts runs these rules. */
const only = (from, allowed) => ({
  name: `${from}-imports`,
  severity: 'error',
  comment: `lib/${from} may import from ${allowed.join(', ') || 'nothing of ours'} only.`,
  from: { path: `^lib/${from}/` },
  to: { path: '^(lib|functions)/', pathNot: [`^lib/${from}/`, ...allowed.map((folder) => `^lib/${folder}`)] },
});

const sdk = (packages, home) => ({
  name: `sdk-${packages.replace(/\W+/g, '-')}`,
  severity: 'error',
  comment: `${packages} is imported in ${home} only.`,
  from: { pathNot: home },
  to: { path: `node_modules/(${packages})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(lib|functions)/',
        pathNot: ['^lib/index\\.ts$', '^lib/cli/main\\.ts$', '\\.d\\.ts$'],
      },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain', []),
    only('formats', []),
    only('rows', ['formats/', 'domain/']),
    only('media', ['formats/', 'storage/(object-store|keys)\\.ts$', 'domain/']),
    only('providers', ['domain/', 'formats/', 'storage/(object-store|s3-store|gcs-store)\\.ts$']),
    only('storage', ['domain/']),
    only('report', ['domain/', 'formats/']),
    only('local', ['domain/', 'formats/', 'storage/']),
    only('pipeline', [
      'rows/',
      'media/',
      'formats/',
      'report/',
      'providers/(provider|facts|registry)\\.ts$',
      'storage/(object-store|keys)\\.ts$',
      'domain/',
    ]),
    only('cli', ['engines/', 'domain/']),
    only('engines', ['']),
    {
      name: 'no-provider-to-provider',
      severity: 'error',
      from: { path: '^lib/providers/([^/]+)/' },
      to: { path: '^lib/providers/[^/]+/', pathNot: '^lib/providers/$1/' },
    },
    {
      name: 'functions-imports',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^lib/', pathNot: ['^lib/engines/aws\\.ts$', '^lib/pipeline/'] },
    },
    sdk('@aws-sdk/client-s3', '^lib/storage/s3-store\\.ts$'),
    sdk('@google-cloud/storage', '^lib/storage/gcs-store\\.ts$'),
    sdk('@aws-sdk/client-bedrock', '^lib/providers/bedrock/job\\.ts$'),
    sdk('openai', '^lib/providers/openai/job\\.ts$'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
