CREATE INDEX "patch_by_product" ON "patch" USING gin ((content -> 'fixedBuilds'));--> statement-breakpoint
CREATE INDEX "patch_by_package" ON "patch" USING gin ((jsonb_path_query_array(content, '$.packages[*].name')));--> statement-breakpoint
CREATE INDEX "patch_by_superseded" ON "patch" USING gin ((content -> 'supersedes'));