DROP INDEX "vm_name_index";--> statement-breakpoint
CREATE INDEX "vm_name_vm_id_index" ON "vm" USING btree ("name","vm_id");