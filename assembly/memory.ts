// The memory of the module `core`: everything has a fixed place. Address 0 and the first KiB hold the constants that the compiler places.

/** Arguments and results of the small functions: the binding writes and reads here, and wipes. */
export const IN_A: usize = 4096
export const IN_B: usize = 4096 + 128
export const IN_C: usize = 4096 + 256
export const IN_D: usize = 4096 + 384
export const IN_E: usize = 4096 + 512
export const OUT: usize = 4096 + 640
export const OUT2: usize = 4096 + 704

/** Everything secret that is computed lies in [SCRATCH, SCRATCH_END), which each exported function wipes before it returns. */
export const SCRATCH: usize = 8192
export const SCRATCH_END: usize = SCRATCH + 14848

/** The last part of the scratch area: products between their two steps. */
export const PRODUCTS: usize = SCRATCH_END - 1792

/** Multiples of the base point: public, built once. 56 tables of 8 affine points, in three elements each, or in four interleaved ones. */
export const BASE_TABLE: usize = SCRATCH_END
export const BASE_TABLE_END: usize = BASE_TABLE + 56 * 8 * 256

/** Room for building them: 448 points of four elements, and 448 elements. */
export const WORKSHOP: usize = BASE_TABLE_END
export const WORKSHOP_END: usize = WORKSHOP + 448 * 320

/** Public points that were last found valid, see known.ts. */
export const KNOWN: usize = WORKSHOP_END
export const KNOWN_COUNT: usize = 16
/** The length of a slot: the encoding, four bytes of state, and a table of 17 points. */
export const KNOWN_SIZE: usize = 64 + 17 * 256
export const KNOWN_END: usize = KNOWN + KNOWN_COUNT * KNOWN_SIZE
