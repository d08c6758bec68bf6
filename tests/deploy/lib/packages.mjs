// Where things are, and packages that run.sh has installed outside of the
// source tree.

import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const repoRoot =
    path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const buildDir =
    process.env.HEAPD_BUILD_DIR ?? path.join(repoRoot, 'build');
const packageDir = process.env.HEAPD_DEPLOY_TESTS_DIR ??
    path.join(repoRoot, 'build/deploy-tests');

export const requirePackage =
    createRequire(path.join(packageDir, 'package.json'));
