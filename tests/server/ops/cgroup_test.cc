#include "server/ops/cgroup.h"

#include <gtest/gtest.h>

#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

constexpr uint64_t kMiB = 1 << 20;
const char kMeminfo[] = "MemTotal:        8388608 kB\nMemFree:  1 kB\n";
const char kMountVersion2[] =
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
const char kMountVersion1[] =
    "33 32 0:29 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu\n"
    "34 32 0:30 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup "
    "rw,memory\n";

class CgroupTest : public ::testing::Test {
 protected:
  CgroupTest() { machine_.Write("proc/meminfo", kMeminfo); }

  uint64_t Usable() { return UsableMemoryBytes(machine_.path()); }
  int CoresOf(int cores) { return UsableCores(cores, machine_.path()); }

  TemporaryDirectory machine_;
};

TEST_F(CgroupTest, WithoutGroupsPhysicalMemoryCounts) {
  EXPECT_EQ(Usable(), 8192 * kMiB);
}

TEST_F(CgroupTest, TheLimitOfVersion2Counts) {
  machine_.Write("proc/self/mountinfo", kMountVersion2);
  machine_.Write("proc/self/cgroup", "0::/system.slice/heapd.service\n");
  machine_.Write("sys/fs/cgroup/system.slice/heapd.service/memory.max",
                 "536870912\n");
  machine_.Write("sys/fs/cgroup/system.slice/memory.max", "max\n");
  EXPECT_EQ(Usable(), 512 * kMiB);
}

TEST_F(CgroupTest, AnAncestorsSmallerLimitCounts) {
  machine_.Write("proc/self/mountinfo", kMountVersion2);
  machine_.Write("proc/self/cgroup", "0::/a/b/c\n");
  machine_.Write("sys/fs/cgroup/a/b/c/memory.max", "max\n");
  machine_.Write("sys/fs/cgroup/a/b/memory.max", "536870912\n");
  machine_.Write("sys/fs/cgroup/a/memory.max", "268435456\n");
  EXPECT_EQ(Usable(), 256 * kMiB);
}

TEST_F(CgroupTest, TheLimitOfVersion1Counts) {
  machine_.Write("proc/self/mountinfo", kMountVersion1);
  machine_.Write("proc/self/cgroup", "3:cpu:/other\n8:memory:/docker/1\n");
  machine_.Write("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes",
                 "67108864\n");
  machine_.Write("sys/fs/cgroup/memory/memory.limit_in_bytes",
                 "9223372036854771712\n");
  EXPECT_EQ(Usable(), 64 * kMiB);
}

TEST_F(CgroupTest, AContainerSeesItsOwnGroupMounted) {
  machine_.Write("proc/self/mountinfo",
                 "34 32 0:30 /docker/1 /sys/fs/cgroup/memory ro - cgroup "
                 "cgroup rw,memory\n");
  machine_.Write("proc/self/cgroup", "8:memory:/docker/1\n");
  machine_.Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
  EXPECT_EQ(Usable(), 64 * kMiB);
}

TEST_F(CgroupTest, BothVersionsMayBeMounted) {
  machine_.Write("proc/self/mountinfo",
                 std::string(kMountVersion1) +
                     "35 32 0:31 / /sys/fs/cgroup/unified rw - cgroup2 "
                     "cgroup2 rw\n");
  machine_.Write("proc/self/cgroup", "8:memory:/m\n0::/u\n");
  machine_.Write("sys/fs/cgroup/memory/m/memory.limit_in_bytes", "134217728\n");
  machine_.Write("sys/fs/cgroup/unified/u/memory.max", "100663296\n");
  EXPECT_EQ(Usable(), 96 * kMiB);
}

TEST_F(CgroupTest, AnUnlimitedGroupLeavesPhysicalMemory) {
  machine_.Write("proc/self/mountinfo", kMountVersion2);
  machine_.Write("proc/self/cgroup", "0::/\n");
  machine_.Write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(Usable(), 8192 * kMiB);
}

TEST_F(CgroupTest, DamagedFilesLimitNothing) {
  machine_.Write("proc/self/mountinfo", "- \nx - cgroup2\n30 24\n");
  machine_.Write("proc/self/cgroup", "nonsense\n0::relative\n::::\n");
  EXPECT_EQ(Usable(), 8192 * kMiB);
}

TEST_F(CgroupTest, WithoutQuotaAllCoresCount) {
  EXPECT_EQ(CoresOf(64), 64);
  machine_.Write("proc/self/mountinfo", kMountVersion2);
  machine_.Write("proc/self/cgroup", "0::/a\n");
  machine_.Write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  EXPECT_EQ(CoresOf(64), 64);
}

TEST_F(CgroupTest, AQuotaOfVersion2IsRoundedUp) {
  machine_.Write("proc/self/mountinfo", kMountVersion2);
  machine_.Write("proc/self/cgroup", "0::/a/b\n");
  machine_.Write("sys/fs/cgroup/a/b/cpu.max", "250000 100000\n");
  machine_.Write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  EXPECT_EQ(CoresOf(64), 3);
  EXPECT_EQ(CoresOf(2), 2);
  machine_.Write("sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  EXPECT_EQ(CoresOf(64), 2);
  machine_.Write("sys/fs/cgroup/a/cpu.max", "10000 100000\n");
  EXPECT_EQ(CoresOf(64), 1);
}

TEST_F(CgroupTest, AQuotaOfVersion1Counts) {
  machine_.Write("proc/self/mountinfo", kMountVersion1);
  machine_.Write("proc/self/cgroup", "3:cpu:/docker/1\n8:memory:/other\n");
  machine_.Write("sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "400000\n");
  machine_.Write("sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000\n");
  machine_.Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  machine_.Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CoresOf(64), 4);
}

TEST_F(CgroupTest, ControllersMayShareAHierarchy) {
  machine_.Write("proc/self/mountinfo",
                 "33 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup "
                 "cgroup rw,cpu,cpuacct\n");
  machine_.Write("proc/self/cgroup", "3:cpu,cpuacct:/\n");
  machine_.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  machine_.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CoresOf(64), 1);
}

TEST_F(CgroupTest, DamagedQuotasLimitNothing) {
  machine_.Write("proc/self/mountinfo", kMountVersion2);
  machine_.Write("proc/self/cgroup", "0::/\n");
  for (const char* quota : {"", "\n", "100000\n", "100000 0\n", "x y\n"}) {
    machine_.Write("sys/fs/cgroup/cpu.max", quota);
    EXPECT_EQ(CoresOf(8), 8) << quota;
  }
  EXPECT_EQ(CoresOf(0), 1);
}

TEST(CgroupRealTest, ThisMachineHasMemory) {
  EXPECT_GT(UsableMemoryBytes(), 16 * kMiB);
}

TEST(CgroupRealTest, ThisMachineHasCores) {
  EXPECT_GE(UsableCores(8), 1);
  EXPECT_LE(UsableCores(8), 8);
}

}  // namespace
}  // namespace heapd::server
