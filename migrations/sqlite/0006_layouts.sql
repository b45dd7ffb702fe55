CREATE TABLE `layouts` (
	`document_id` text NOT NULL,
	`revision` text NOT NULL,
	`parts` text NOT NULL,
	PRIMARY KEY(`document_id`, `revision`),
	FOREIGN KEY (`document_id`) REFERENCES `documents`(`id`) ON UPDATE no action ON DELETE cascade
);
