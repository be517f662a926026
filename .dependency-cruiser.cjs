// Who may import whom. engine stands alone; nobody imports rehearsal, infra or test but themselves.
module.exports = {
  forbidden: [
    { name: 'engine-stands-alone', severity: 'error', from: { path: '^engine' }, to: { path: '^(lambdas|rehearsal|infra|cli|client|test|node_modules/(@aws-sdk|@smithy|pg))' } },
    { name: 'engine-is-pure', severity: 'error', from: { path: '^engine' }, to: { dependencyTypes: ['core'] } },
    { name: 'lambdas-use-engine-and-sdk', severity: 'error', from: { path: '^lambdas' }, to: { path: '^(rehearsal|infra|cli|client|test|node_modules/pg/)' } },
    { name: 'nobody-imports-test', severity: 'error', from: { pathNot: '^test' }, to: { path: '^test' } },
    { name: 'nobody-imports-rehearsal', severity: 'error', from: { pathNot: '^(rehearsal|test|bench)' }, to: { path: '^rehearsal' } },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '\\.test\\.ts$|^test/|\\.d\\.ts$' }, to: {} },
  ],
  options: { tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
};
