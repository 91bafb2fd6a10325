// What the tests compare with, from the package's own devDependencies: a project that has the package has none of them.

import { pathToFileURL } from 'node:url'

import { requireTool } from './place.mjs'

/** Imports one of the package's devDependencies. */
export const tool = async (name) => import(pathToFileURL(requireTool.resolve(name)).href)
