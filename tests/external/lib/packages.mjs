// Where the npm packages are and how to load them.
//
// The packages live in the build folder, not beside these files, so a bare
// import would not find them; `requirePackage` resolves from there.

import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const repoRoot = fileURLToPath(new URL('../../../', import.meta.url));

// HEAPD_BUILD_DIR names another build folder, e.g. that of a sanitizer build.
export const buildDir =
    path.resolve(process.env.HEAPD_BUILD_DIR ?? path.join(repoRoot, 'build'));

// HEAPD_EXTERNAL_DIR is the folder that holds node_modules.
export const externalDir = path.resolve(
    process.env.HEAPD_EXTERNAL_DIR ?? path.join(repoRoot, 'build/external'));

export const requirePackage =
    createRequire(path.join(externalDir, 'package.json'));

export function packageDir(name) {
  return path.join(externalDir, 'node_modules', name);
}
