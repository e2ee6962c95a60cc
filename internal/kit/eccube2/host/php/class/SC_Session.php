<?php
/** The session of a person of the shop in its admin. */
class SC_Session
{
    public $login_id;
    public $authority;
    public $cert;
    public $sid;
    public $member_id;

    public function __construct()
    {
        if (isset($_SESSION['cert'])) {
            $this->sid = session_id();
            $this->cert = $_SESSION['cert'];
            $this->login_id = $_SESSION['login_id'];
            $this->authority = $_SESSION['authority'];
            $this->member_id = $_SESSION['member_id'];
        }
    }

    public function IsSuccess()
    {
        return $this->cert == CERT_STRING ? SUCCESS : ACCESS_ERROR;
    }

    public static function regenerateSID()
    {
        return session_status() === PHP_SESSION_ACTIVE && session_regenerate_id(true);
    }
}
