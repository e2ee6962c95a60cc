<?php
/** Feature phones. */
class SC_MobileUserAgent
{
    public static function getCarrier()
    {
        $agent = $_SERVER['HTTP_USER_AGENT'] ?? '';
        foreach (array('docomo' => '#^DoCoMo/#', 'ezweb' => '#^(KDDI-|UP\.Browser)#', 'softbank' => '#^(SoftBank|Vodafone|J-PHONE)/#') as $carrier => $pattern) {
            if (preg_match($pattern, $agent)) {
                return $carrier;
            }
        }

        return false;
    }

    public static function isMobile()
    {
        return self::getCarrier() !== false;
    }

    /** getId is the number of the phone as its carrier's gateway says it, or false. */
    public static function getId()
    {
        return $_SERVER['HTTP_X_DCMGUID'] ?? $_SERVER['HTTP_X_UP_SUBNO'] ?? $_SERVER['HTTP_X_JPHONE_UID'] ?? false;
    }

    public static function getModel()
    {
        return strtok($_SERVER['HTTP_USER_AGENT'] ?? '', '(');
    }
}
