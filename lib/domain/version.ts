/** The version that reports and `--version` tell; bundles have no package.json beside them. A test holds it to package.json's. */
export const VERSION = '0.1.0';
