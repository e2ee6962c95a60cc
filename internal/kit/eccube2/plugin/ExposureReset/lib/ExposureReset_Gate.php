<?php
/**
 * Whether a member who is logged in must not go on. It looks into the kit's own table only
 * and never calls anybody: with the API away the last list decides, and who was not on one is
 * let in.
 */
class ExposureReset_Gate
{
    private $settings;
    private $book;

    public function __construct($settings, $book)
    {
        $this->settings = $settings;
        $this->book = $book;
    }

    /** True for a member whose old password was made worthless and who has set no new one on our page. */
    public function bars($customerId)
    {
        $id = ExposureReset_Api::id((string) $customerId);
        if (!$this->settings->isOn() || $id === 0) {
            return false;
        }
        $row = $this->book->row($id);
        if ($row === null || (int) $row['required'] !== 1 || (int) $row['barred_at'] <= 0) {
            return false;
        }
        return (string) $row['renewal_key'] === '' || (int) $row['renewed_at'] <= 0;
    }
}
