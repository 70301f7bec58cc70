/** Why nothing can be written to the database now, and what to do about it. */
export interface Obstacle {
  readonly why: string
  readonly hint: string
}

export const FULL_DISK: Obstacle = {
  why: 'its disk is full',
  hint: 'make room on its file system',
}

export const LOCKED: Obstacle = {
  why: 'it is locked by another program',
  hint: 'end the transaction of that program; fuser(1) names it',
}
