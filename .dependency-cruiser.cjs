// The import rules of docs/architecture.md. A folder may import itself and what is named here; nothing else.
const allowed = {
  domain: { folders: [], npm: '^$', core: false },
  ports: { folders: ['domain'], npm: '^$', core: false },
  adapters: { folders: ['ports', 'domain'], npm: null, core: true },
  activities: { folders: ['ports', 'domain'], npm: '^@temporalio/(activity|common)$', core: false },
  workflows: { folders: ['domain'], npm: '^@temporalio/(workflow|common)$', core: false },
  simulator: { folders: [], npm: null, core: true },
};

const rules = Object.entries(allowed).flatMap(([folder, may]) => {
  const ours = [...Object.keys(allowed), 'workers', 'api', 'web', 'cli', 'composition', 'test', 'bench', 'scripts'];
  const foreign = ours.filter((name) => name !== folder && !may.folders.includes(name));
  const list = [
    {
      name: `${folder}-imports-only-what-it-may`,
      severity: 'error',
      comment: `${folder}/ may import: ${may.folders.join(', ') || 'nothing'}`,
      from: { path: `^${folder}/` },
      to: { path: `^(${foreign.join('|')})/`, ...(folder === 'workflows' ? { pathNot: '^activities/' } : {}) },
    },
  ];
  if (folder === 'workflows') {
    list.push({
      name: 'workflows-import-activities-as-types-only',
      severity: 'error',
      comment: 'Workflow code is replayed: it knows activities by their types alone.',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    });
  }
  if (may.npm !== null) {
    list.push({
      name: `${folder}-packages`,
      severity: 'error',
      comment: `${folder}/ may use the packages ${may.npm}`,
      from: { path: `^${folder}/` },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: may.npm === '^$' ? [] : [may.npm.replace('^', 'node_modules/').replace('$', '/')],
      },
    });
  }
  if (!may.core) {
    list.push({
      name: `${folder}-no-node-built-ins`,
      severity: 'error',
      comment: `${folder}/ does not touch the machine`,
      from: { path: `^${folder}/` },
      to: { dependencyTypes: ['core'] },
    });
  }
  return list;
});

module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'only-compositions-construct-adapters',
      severity: 'error',
      comment:
        'Adapters are made in composition/, workers/main, api/main, cli (up and offline commands), tests and benches.',
      from: { path: '^(activities|workflows|domain|ports|api|workers)/', pathNot: '^(api|workers)/main\\.ts$' },
      to: { path: '^adapters/' },
    },
    {
      name: 'api-imports-only-what-it-may',
      severity: 'error',
      comment: 'The API validates, then messages a workflow or reads the inventory through its ports.',
      from: { path: '^api/', pathNot: '^api/main\\.ts$' },
      to: { path: '^(activities|adapters|composition|workers|cli|simulator)/|^workflows/(?!messages)' },
    },
    {
      name: 'cli-speaks-http',
      severity: 'error',
      comment: 'Commands know the contract of the API; only `up` and the offline commands know more.',
      from: { path: '^cli/', pathNot: '^cli/(up|ingestCommand|evidencePack|policy)\\.ts$' },
      to: { path: '^(activities|adapters|composition|domain|ports|workers|workflows|simulator)/|^api/(?!contract/)' },
    },
    {
      name: 'web-speaks-http',
      severity: 'error',
      comment: 'The console knows the system by the API and its description alone.',
      from: { path: '^web/' },
      to: { path: '^(activities|adapters|api|cli|composition|domain|ports|scripts|simulator|test|workers|workflows)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'simulator-is-not-imported',
      severity: 'error',
      comment: 'The simulator is another process.',
      from: { path: '^(?!simulator/|test/)' },
      to: { path: '^simulator/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^web/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
};
