import { readFileSync } from "node:fs"
import { join } from "node:path"

/**
 * Cores whose processor time a Linux control group (version 2) allows this process: what `docker run --cpus` or
 * `CPUQuota=` of systemd set. Infinity where nothing does. Quotas of groups around that one are not looked at.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html, `cpu.max`. `root` is the root of the file system.
 */
export function quotaCores(root = "/"): number {
  try {
    const group = /^0::(.*)$/m.exec(readFileSync(join(root, "proc/self/cgroup"), "utf8"))?.[1] ?? "/"
    const [quota, period] = readFileSync(join(root, "sys/fs/cgroup", group, "cpu.max"), "utf8")
      .trim()
      .split(" ")
    const cores = Number(quota) / Number(period)
    return cores > 0 ? cores : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY // Another system, an older kernel, or the root group, which has no quota.
  }
}
