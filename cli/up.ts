export async function up(options: { dataDir: string }): Promise<void> {
  console.log(options.dataDir);
}
