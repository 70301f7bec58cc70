import type { BytePath } from '../../model/glossary.ts'
import { LITTLE_ENDIAN, type NativeMemory } from '../linux/native-memory.ts'
import { KeyStrings } from './key-strings.ts'

/**
 * `struct fanotify_event_metadata`: u32 event_len, u8 vers, u8 reserved, u16 metadata_len, u64 mask,
 * i32 fd, i32 pid; then information records until event_len.
 */
const HEADER = 24
const METADATA_LENGTH = 6
const MASK = LITTLE_ENDIAN ? 8 : 12

/** `struct fanotify_event_info_fid`: u8 type, u8 pad, u16 len, fsid, file handle, name, NUL. */
const RECORD_LENGTH = 2
const FSID = 4
/** `struct file_handle`: u32 handle_bytes, i32 handle_type, the handle. */
const HANDLE = 12
const HANDLE_HEADER = 8

/** `FILEID_BTRFS_…` of `linux/exportfs.h`; these handles begin with the u64 number of the inode. */
const BTRFS_FIRST = 0x4d
const BTRFS_LAST = 0x4f
/** `BTRFS_FIRST_FREE_OBJECTID`: the top of each subvolume. */
const SUBVOLUME = 256n

/** Types of information records (`linux/fanotify.h`); others are skipped. */
const RecordType = { fid: 1, directoryAndName: 2, directory: 3, oldName: 10, newName: 12 } as const

/** The largest event: a rename with two handles of 128 bytes and two names, rounded up. */
export const LARGEST_EVENT = 1024

/** A file handle of an event, and the name in that directory. All are offsets into the memory. */
export class HandleRecord {
  /** File system and handle together tell one directory from all others. */
  keyStart = 0
  keyEnd = 0
  /** Where the record ends: there may be NULs behind the name. */
  end = 0

  /** Says whether the event has this record. */
  get isThere(): boolean {
    return this.keyEnd !== 0
  }

  clear(): void {
    this.keyEnd = 0
  }

  /** Reads the record at `at`, which ends at `end`. */
  read(memory: NativeMemory, at: number, end: number): void {
    const handleBytes = memory.view.getUint32(at + HANDLE, LITTLE_ENDIAN)
    this.keyStart = at + FSID
    this.keyEnd = at + HANDLE + HANDLE_HEADER + handleBytes
    this.end = end
  }
}

/** Steps through the events of one read(2) of a fanotify descriptor, without an object an event. */
export class RecordParser {
  /** OR of `linux/fanotify.h` bits, as a positive number. */
  mask = 0
  /** Where it happened; of a rename where it came from. */
  readonly place: HandleRecord = new HandleRecord()
  /** Where a rename led to. */
  readonly newPlace: HandleRecord = new HandleRecord()
  /** What it happened to, where the kernel says that (5.17). */
  readonly child: HandleRecord = new HandleRecord()
  readonly memory: NativeMemory
  readonly #keys: KeyStrings
  #next = 0
  #length = 0

  constructor(memory: NativeMemory) {
    this.memory = memory
    this.#keys = new KeyStrings(memory)
  }

  /** Begins with the first event of the `length` bytes that were read. */
  begin(length: number): void {
    this.#next = 0
    this.#length = length
  }

  /** Steps to the next event; false: there are no more. */
  step(): boolean {
    if (this.#length - this.#next < HEADER) return false
    const { view } = this.memory
    const at = this.#next
    this.#next = at + Math.max(HEADER, view.getUint32(at, LITTLE_ENDIAN))
    this.mask = view.getUint32(at + MASK, LITTLE_ENDIAN)
    this.place.clear()
    this.newPlace.clear()
    this.child.clear()
    this.#readRecords(at + view.getUint16(at + METADATA_LENGTH, LITTLE_ENDIAN))
    return true
  }

  /** Returns what identifies the record's directory, as a byte string. */
  key(record: HandleRecord): string {
    return this.#keys.of(record.keyStart, record.keyEnd)
  }

  /** Returns the record's name, `''` if it has none. */
  name(record: HandleRecord): BytePath {
    const { bytes } = this.memory
    let end = record.keyEnd
    while (end < record.end && bytes[end] !== 0) end++
    return bytes.toString('latin1', record.keyEnd, end)
  }

  /** Says whether it is the top of a btrfs subvolume, which may be a snapshot of another. */
  isSubvolume(record: HandleRecord): boolean {
    const { view } = this.memory
    const at = record.keyStart + HANDLE - FSID
    const type = view.getInt32(at + HANDLE_HEADER / 2, LITTLE_ENDIAN)
    if (type < BTRFS_FIRST || type > BTRFS_LAST) return false
    return view.getBigUint64(at + HANDLE_HEADER, LITTLE_ENDIAN) === SUBVOLUME
  }

  #readRecords(first: number): void {
    const { view } = this.memory
    for (let at = first; at + FSID < this.#next;) {
      const length = view.getUint16(at + RECORD_LENGTH, LITTLE_ENDIAN)
      if (length === 0) return
      this.#recordOf(view.getUint8(at))?.read(this.memory, at, at + length)
      at += length
    }
  }

  #recordOf(type: number): HandleRecord | undefined {
    switch (type) {
      case RecordType.directoryAndName:
      case RecordType.directory:
      case RecordType.oldName:
        return this.place
      case RecordType.newName:
        return this.newPlace
      case RecordType.fid:
        return this.child
      default:
        return undefined
    }
  }
}
