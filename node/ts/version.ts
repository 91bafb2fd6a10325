// The package's version, as package.json has it; a test holds the two together.

/** The version. */
export const VERSION = '0.1.0'
