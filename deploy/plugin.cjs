const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

/** Builds the functions' zips before osls looks for them, for the architecture that the template declares. */
module.exports = function BundlePlugin(serverless) {
  const bundle = () => {
    const { architecture } = serverless.service.provider;
    const options = ['--out', join(serverless.serviceDir, '.package'), '--architecture', architecture];
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(__dirname, 'bundle.ts'), ...options], {
      cwd: serverless.serviceDir,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new serverless.classes.Error('[deploy] the functions could not be built; see above.');
  };
  // The second is that of `osls deploy function`.
  this.hooks = { 'before:package:createDeploymentArtifacts': bundle, 'before:package:function:package': bundle };
};
