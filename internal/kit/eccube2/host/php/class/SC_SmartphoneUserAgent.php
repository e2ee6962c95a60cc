<?php
/** Smartphones; tablets count as PCs. */
class SC_SmartphoneUserAgent
{
    public static function isSmartphone()
    {
        $agent = $_SERVER['HTTP_USER_AGENT'] ?? '';

        return strpos($agent, 'iPhone') !== false || strpos($agent, 'Android') !== false && strpos($agent, 'Mobile') !== false;
    }
}
