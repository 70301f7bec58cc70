-- Which boot of the machine the daemon ran in. When the power fails, a file system may keep the size and
-- times of a file that was just written and lose its content. In another boot what was written last may
-- no longer be what the script has seen.

ALTER TABLE daemon ADD COLUMN boot_id TEXT;          -- /proc/sys/kernel/random/boot_id; NULL: not known
